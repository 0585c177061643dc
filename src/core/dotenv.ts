const SPACES = /\s*/y;
const EXPORT = /export\s+/y;
const NAME = /[\w.-]+/y;
/** An unquoted value ends at a comment or at the line's end. */
const PLAIN = /[^#\n]*/y;
const REST_OF_LINE = /[^\n]*/y;
const QUOTES = '\'"`';

/**
 * Reads the text of a `.env` file, as the npm package dotenv reads it, in linear time: that package's
 * expression takes quadratic time where lines are empty. No text is an error: what names nothing is passed over.
 * @returns the variables; where a name comes twice, its last value.
 */
export function parseDotenv(source: string): ReadonlyMap<string, string> {
  const text = source.replace(/\r\n?/g, '\n');
  const variables = new Map<string, string>();
  let at = 0;
  while (at < text.length) {
    const line = skip(text, at, SPACES);
    const nameStart = afterExport(text, line);
    const nameEnd = skip(text, nameStart, NAME);
    const valueStart = nameEnd === nameStart ? null : afterSeparator(text, nameEnd);
    if (valueStart === null) {
      at = nextLine(text, line);
      continue;
    }
    const valueEnd = quotedEnd(text, valueStart) ?? skip(text, valueStart, PLAIN);
    variables.set(text.slice(nameStart, nameEnd), unquoted(text.slice(valueStart, valueEnd).trim()));
    at = nextLine(text, valueEnd);
  }
  return variables;
}

/** `export` is a word of its own only before a name: `export=1` names a variable. */
function afterExport(text: string, at: number): number {
  const name = skip(text, at, EXPORT);
  return skip(text, name, NAME) === name ? at : name;
}

/** Behind `=`, or behind a colon and one white space; null where neither is there. */
function afterSeparator(text: string, nameEnd: number): number | null {
  const at = skip(text, nameEnd, SPACES);
  if (text[at] === '=') return at + 1;
  return text[nameEnd] === ':' && /\s/.test(text[nameEnd + 1] ?? '') ? nameEnd + 2 : null;
}

/**
 * Behind the quote that closes the value; null where it is in no quotes. A quote closes the value only where a
 * comment or nothing follows it on its line. A quote behind a backslash does so only where no other one does.
 */
function quotedEnd(text: string, valueStart: number): number | null {
  const open = skip(text, valueStart, SPACES);
  const quote = text[open];
  if (quote === undefined || !QUOTES.includes(quote)) return null;
  const escaped: number[] = [];
  let at = text.indexOf(quote, open + 1);
  while (at >= 0 && at > open + 1 && text[at - 1] === '\\') {
    escaped.push(at);
    at = text.indexOf(quote, at + 1);
  }
  if (at >= 0 && endsValue(text, at + 1)) return at + 1;
  const last = escaped.findLast((place) => endsValue(text, place + 1));
  return last === undefined ? null : last + 1;
}

/** Whether white space up to a line's end, a comment, or the end of the text follows. */
function endsValue(text: string, at: number): boolean {
  const next = skip(text, at, SPACES);
  return next === text.length || text[next] === '#' || text.slice(at, next).includes('\n');
}

/** Without its quotes; between double quotes, `\n` and `\r` are line ends. */
function unquoted(text: string): string {
  const first = text[0] ?? '';
  const quoted = text.length > 1 && QUOTES.includes(first) && text.endsWith(first);
  const value = quoted ? text.slice(1, -1) : text;
  return first === '"' ? value.replace(/\\[nr]/g, (end) => (end === '\\n' ? '\n' : '\r')) : value;
}

function nextLine(text: string, at: number): number {
  return skip(text, at, REST_OF_LINE) + 1;
}

/** The offset behind what the pattern, a sticky one, matches from `at` on. */
function skip(text: string, at: number, pattern: RegExp): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}
