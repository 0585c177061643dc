/** The most items of an array in one part. */
const AT_ONCE = 256;

/**
 * A value as JSON, in parts that make up the text of `JSON.stringify`. A text of more than 128 KB is a large object for
 * V8: each gets memory pages of its own, and on some machines these take longer than everything else.
 * @param value of an execution: objects, arrays, and what JSON has
 */
export function jsonParts(value: unknown): readonly string[] {
  const parts: string[] = [];
  addParts(value, parts);
  return parts;
}

function addParts(value: unknown, parts: string[]): void {
  if (Array.isArray(value) && value.length > AT_ONCE) {
    for (let first = 0; first < value.length; first += AT_ONCE) {
      const some = JSON.stringify(value.slice(first, first + AT_ONCE));
      parts.push(first === 0 ? '[' : ',', some.slice(1, -1));
    }
    parts.push(']');
  } else if (isPlainObject(value)) {
    let before = '{';
    for (const [name, item] of Object.entries(value)) {
      if (item === undefined) continue;
      parts.push(`${before}${JSON.stringify(name)}:`);
      addParts(item, parts);
      before = ',';
    }
    parts.push(before === '{' ? '{}' : '}');
  } else parts.push(JSON.stringify(value));
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
