/** Where a member of a JSON object lies in its text, as offsets. */
export interface JsonMember {
  readonly key: string;
  readonly keyStart: number;
  readonly valueStart: number;
  /** Behind the value's last character. */
  readonly valueEnd: number;
}

/** Where a JSON object lies in its text. */
export interface JsonObjectText {
  /** The place of `{`. */
  readonly start: number;
  /** Behind `}`. */
  readonly end: number;
  /** In the order of the text; a key may come twice, and then the last one counts. */
  readonly members: readonly JsonMember[];
}

const WHITE_SPACE = /[ \t\r\n]*/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const SCALAR = /[^,\]}\s]+/y;

/**
 * Finds the members of the object that begins at `start`. Only for text that JSON.parse has taken: nothing
 * is checked here.
 */
export function readObjectText(text: string, start: number): JsonObjectText {
  const members: JsonMember[] = [];
  let at = skip(text, start + 1, WHITE_SPACE);
  while (text[at] === '"') {
    const keyStart = at;
    const keyEnd = skip(text, at, STRING);
    // Behind the key stands, perhaps between white space, the colon.
    const valueStart = skip(text, skip(text, keyEnd, WHITE_SPACE) + 1, WHITE_SPACE);
    const valueEnd = skipValue(text, valueStart);
    const raw = text.slice(keyStart, keyEnd);
    const key: string = raw.includes('\\') ? JSON.parse(raw) : raw.slice(1, -1);
    members.push({ key, keyStart, valueStart, valueEnd });
    at = skip(text, valueEnd, WHITE_SPACE);
    if (text[at] === ',') at = skip(text, at + 1, WHITE_SPACE);
  }
  return { start, end: at + 1, members };
}

/** The offset of the first character that is not white space. */
export function skipWhiteSpace(text: string, start: number): number {
  return skip(text, start, WHITE_SPACE);
}

function skipValue(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return skip(text, start, STRING);
  if (first !== '{' && first !== '[') return skip(text, start, SCALAR);
  // Counted, not recursed: a nesting of any depth must not end the process.
  let depth = 0;
  let at = start;
  do {
    const character = text[at];
    if (character === '"') {
      at = skip(text, at, STRING);
      continue;
    }
    if (character === '{' || character === '[') depth++;
    if (character === '}' || character === ']') depth--;
    at++;
  } while (depth > 0 && at < text.length);
  return at;
}

function skip(text: string, at: number, pattern: RegExp): number {
  pattern.lastIndex = at;
  return at + (pattern.exec(text)?.[0].length ?? 0);
}
