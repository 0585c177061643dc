import { InvalidArgumentError } from 'commander';

/** So many of something, as `-n` takes it; infinity: all. @throws InvalidArgumentError */
export function parseCount(text: string): number {
  // Not null: commander takes that for a value that is missing.
  if (text === 'all') return Number.POSITIVE_INFINITY;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It takes a whole number, or all.');
}

/** What was asked for, or what is meant where nothing was. Null: all. */
export function countOf(lines: unknown, otherwise: number | null): number | null {
  if (typeof lines !== 'number') return otherwise;
  return Number.isFinite(lines) ? lines : null;
}
