/** Shorter texts are counted as if each character were written in six bytes, the most there is. */
const SHORT = 64;
const MOST_PER_CHARACTER = 6;

/**
 * How many bytes a value of an answer takes as JSON, or a little more; it counts no further than just over `most`.
 * The JSON itself may be longer than a string can be, and ends the process while it is made.
 */
export function jsonBytes(value: unknown, most: number): number {
  let bytes = 0;
  // The depth of answers is bounded by the limits of operations.
  function count(value: unknown): void {
    if (bytes > most) return;
    if (typeof value === 'string') bytes += textBytes(value, most);
    else if (typeof value !== 'object' || value === null) bytes += 24;
    else if (Array.isArray(value)) {
      bytes += 2;
      for (const item of value) {
        bytes += 1;
        count(item);
        if (bytes > most) return;
      }
    } else {
      bytes += 2;
      for (const name in value) {
        bytes += name.length + 4;
        count((value as Record<string, unknown>)[name]);
        if (bytes > most) return;
      }
    }
  }
  count(value);
  return bytes;
}

function textBytes(text: string, most: number): number {
  if (text.length <= SHORT) return 2 + MOST_PER_CHARACTER * text.length;
  return text.length > most ? text.length : Buffer.byteLength(JSON.stringify(text));
}
