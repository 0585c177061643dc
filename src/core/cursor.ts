/**
 * Cursors as clients see them: opaque text that names a position and the journal it is of.
 * The epoch is a counter that is committed at each start of the control plane: a position beyond
 * the last row of its epoch was lost in a power cut.
 */

/** Which database, and which start of the control plane. */
export interface JournalIdentity {
  /** Lower-case letters and digits. */
  readonly database: string;
  readonly epoch: number;
}

/** Where a line lies: after byte `byte` of mark `mark`'s bytes, that is, the end of the line. */
export interface LogPosition {
  readonly mark: number;
  readonly byte: number;
}

export interface EventCursor extends JournalIdentity {
  readonly seq: number;
}

interface LogCursor extends JournalIdentity, LogPosition {}

/** A client's cursor that this server never gave out: the GraphQL error BAD_CURSOR. */
export class BadCursorError extends Error {
  override readonly name = 'BadCursorError';
  constructor(kind: string, found: string) {
    super(`"${found.slice(0, 64)}" is not ${kind} cursor: send one that this server gave you, unchanged`);
  }
}

export function encodeEventCursor(cursor: EventCursor): string {
  return encode(['e', cursor.database, cursor.epoch, cursor.seq]);
}

/** @throws BadCursorError */
export function decodeEventCursor(text: string): EventCursor {
  const parts = decode(text, 'e', 3);
  if (!parts) throw new BadCursorError('an event', text);
  const [database, epoch, seq] = parts as [string, number, number];
  return { database, epoch, seq };
}

export function encodeLogCursor(cursor: LogCursor): string {
  return encode(['l', cursor.database, cursor.epoch, cursor.mark, cursor.byte]);
}

/** @throws BadCursorError */
export function decodeLogCursor(text: string): LogCursor {
  const parts = decode(text, 'l', 4);
  if (!parts) throw new BadCursorError('a log', text);
  const [database, epoch, mark, byte] = parts as [string, number, number, number];
  return { database, epoch, mark, byte };
}

function encode(parts: readonly (string | number)[]): string {
  return btoa(parts.join(':')).replaceAll('=', '').replaceAll('+', '-').replaceAll('/', '_');
}

/** The database's name and then numbers; undefined where the text is anything else. */
function decode(text: string, kind: string, count: number): (string | number)[] | undefined {
  if (text.length > 200) return undefined;
  let plain: string;
  try {
    plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return undefined;
  }
  const [found, database, ...numbers] = plain.split(':');
  if (found !== kind || !database || !/^[a-z0-9]+$/.test(database)) return undefined;
  if (numbers.length !== count - 1 || !numbers.every((digits) => /^\d{1,15}$/.test(digits))) return undefined;
  return [database, ...numbers.map(Number)];
}
