import { InvalidArgumentError, Option } from 'commander';

/** Parses the value of `-n`; infinity means all. @throws InvalidArgumentError */
function parseCount(text: string): number {
  // Not null, which commander reads as a missing value.
  if (text === 'all') return Number.POSITIVE_INFINITY;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number, or all.');
}

/** The requested count, or the default. Null: all. */
export function countOf(lines: unknown, otherwise: number | null): number | null {
  if (typeof lines !== 'number') return otherwise;
  return Number.isFinite(lines) ? lines : null;
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** RFC 3339. Without a time zone it is local, as the command prints times. */
const TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)?$/;

/**
 * Parses a duration before now (`10m`, `1h30m`) or a time, and returns it as RFC 3339 in UTC.
 * @param now milliseconds since the epoch
 * @throws InvalidArgumentError if it is neither
 */
export function parseMoment(text: string, now: number = Date.now()): string {
  if (/^(\d{1,9}[smhd])+$/.test(text)) {
    const ago = [...text.matchAll(/(\d+)([smhd])/g)].reduce(
      (sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0),
      0,
    );
    if (ago < now) return new Date(now - ago).toISOString();
  }
  const at = TIME.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new InvalidArgumentError(
    'It must be a duration, such as 10m or 1h30m, or a time such as 2026-03-01T12:00:00Z.',
  );
}

export const countOption = (what: string) => new Option('-n, --lines <count>', what).argParser(parseCount);

/** The time is computed once, when the command starts. */
export const momentOption = (flags: string, what: string) =>
  new Option(flags, what).argParser((text) => parseMoment(text));

const STREAMS = ['stdout', 'stderr', 'supervisor'];

/** Can be repeated. It takes one value, because a list would include the app names after it. */
export function streamOption(): Option {
  const option = new Option(
    '--stream <stream>',
    `Only lines of this stream: ${STREAMS.join(', ')}. Can be repeated.`,
  );
  option.argParser((text, before: readonly string[] = []) => {
    if (!STREAMS.includes(text)) throw new InvalidArgumentError(`It must be one of ${STREAMS.join(', ')}.`);
    return [...before, text];
  });
  option.argChoices = STREAMS;
  return option;
}
