/** In characters. */
const SIZE = 2 ** 20;

/** Again and again, one of them may make an expression, a recursion or a search take its worst course. */
const PIECES = [
  ...['\n', '\r', '\r\n', '\u2028', ' ', '\t', ' \n', '\t \r\n', '\0', '\0\n', '\x1b[', '\x1b]', '\x1b[0'],
  ...['"', "'", '`', '"\n', '"\'`\n', '\\', '\\"', "\\'", '\\\n', '\\u', '\\ud800', "\\' \n \n"],
  ...['A=', 'A=\n', 'A="\n', "A='\\'\n", 'A:\n', "A= \n\n'", 'export ', 'export\n', ':', '=', '#', 'A #\n'],
  ...['[', ']', '[[],', '{', '{"":', '"a":', '{"a":[', '},{', ',', '[1,', '-', '1', '.', '1e', '/', '//'],
  ...[
    'a',
    'aB',
    'é',
    '\ud800',
    '\udc00',
    '😀',
    '\ufeff',
    'e\u0301',
    '\u0301',
    '🏳️‍🌈',
    '\ufffd',
    '漢',
    '\u202e',
  ],
  ...['../', '@', '%', '%00', '_', 'AAAA', 'a:', '0', '9s,', 'a-', 'a.'],
];

export interface HostileText {
  readonly label: string;
  readonly text: string;
}

/** Texts of 1 MiB: each beginning with each piece behind it, again and again, and an end that fits none. */
export function* hostileTexts(beginnings: readonly string[]): Generator<HostileText> {
  for (const beginning of beginnings) {
    for (const piece of PIECES) {
      const label = `${JSON.stringify(beginning)}, then ${JSON.stringify(piece)} again and again`;
      yield { label, text: `${beginning}${piece.repeat(SIZE / piece.length)}!` };
    }
  }
}
