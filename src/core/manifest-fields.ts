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

const LONGEST_TIME = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** The rule of a field that is a time. @param shortest in milliseconds */
export function timeRule(shortest: number): string {
  return `a time from ${shortest / 1_000} s to 24 h, in seconds or as a text like "30s"`;
}

/** Seconds, or a text with a unit, in milliseconds. Undefined where it is none, or out of range. */
export function readTime(value: unknown, shortest: number): number | undefined {
  const [, digits, unit] =
    typeof value === 'string' ? (/^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|m|h)$/.exec(value) ?? []) : [];
  const ms = typeof value === 'number' ? value * 1_000 : Number(digits) * (UNITS[unit ?? ''] ?? Number.NaN);
  const whole = Math.round(ms);
  return whole >= shortest && whole <= LONGEST_TIME ? whole : undefined;
}
