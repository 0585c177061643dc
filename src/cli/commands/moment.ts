import { InvalidArgumentError } from 'commander';

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * A moment that a person wrote, as RFC 3339 in UTC: so long ago (`10m`, `1h30m`), or a moment itself.
 * @param now milliseconds since the epoch
 * @throws InvalidArgumentError where it is neither
 */
export function parseMoment(text: string, now: number = Date.now()): string {
  if (/^(\d{1,9}[smhd])+$/.test(text)) {
    const ago = [...text.matchAll(/(\d+)([smhd])/g)].reduce(
      (sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0),
      0,
    );
    if (ago < now) return new Date(now - ago).toISOString();
  }
  const at = RFC_3339.test(text) ? Date.parse(text.replace(' ', 'T')) : Number.NaN;
  if (!Number.isNaN(at)) return new Date(at).toISOString();
  throw new InvalidArgumentError(
    'It takes how long ago, such as 10m or 1h30m, or a time such as 2026-03-01T12:00:00Z.',
  );
}
