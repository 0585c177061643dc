// How the optional fields of a manifest are read: a wrong one is a warning, and what stands for a missing one stands.

export type Members = Readonly<Record<string, unknown>>;

/**
 * The value of one field, where `read` makes one of it. Else a warning, and `otherwise`.
 * @param taken what happens instead, for the warning.
 * @param rule what the value must be, for the warning.
 */
type ReadField = <T>(
  name: string,
  otherwise: T,
  taken: string,
  rule: string,
  read: (value: unknown) => T | undefined,
) => T;

/** Reads the members of the object that the manifest has at `path` (`toes`, `toes.health`). */
export function fieldsOf(path: string, members: Members, warnings: string[]): ReadField {
  return (name, otherwise, taken, rule, read) => {
    const value = members[name];
    if (value === undefined) return otherwise;
    const result = read(value);
    if (result !== undefined) return result;
    warnings.push(`${path}.${name} in package.json must be ${rule}; found ${found(value)}: ${taken}`);
    return otherwise;
  };
}

export function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What was found, in a few words. */
export function found(value: unknown): string {
  if (typeof value === 'string') return `the text ${withoutControls(JSON.stringify(shortened(value)))}`;
  if (Array.isArray(value)) return 'a list';
  if (isObject(value)) return 'an object';
  return String(value);
}

/** Control characters as escapes: the text goes to terminals. */
export function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function shortened(text: string): string {
  const characters = [...text.slice(0, 100)];
  return characters.length > 40 ? `${characters.slice(0, 40).join('')}…` : text;
}
