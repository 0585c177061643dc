import { median } from '../support/measure.ts';
import { figure } from '../support/rows.ts';
import { MEASURES, type Measure, type Sample } from './samples.ts';

/** How much of the median a measure may drift over the time that counts. */
const SHARE = 0.1;
const WIDTH = 60;
const BARS = '▁▂▃▄▅▆▇█';

export interface Verdict {
  readonly line: string;
  readonly flat: boolean;
}

/** Draws one measure, and judges the samples from index `from` on. */
export function judge(measure: Measure, samples: readonly Sample[], from: number): Verdict {
  const { what, unit, floor } = MEASURES[measure];
  const values = samples.map((sample) => sample[measure]);
  const counted = values.slice(from);
  const drift = slope(counted) * (counted.length - 1);
  const allowed = Math.max(floor, median(counted) * SHARE);
  const flat = drift <= allowed;
  const [first = Number.NaN] = counted;
  const numbers = `${figure(first)} → ${figure(counted.at(-1))} ${unit}`.trim();
  const verdict = flat ? 'flat' : `GROWS by ${figure(drift)} ${unit}; ${figure(allowed)} are allowed`;
  return { line: `${what.padEnd(36)} ${chart(values)} ${numbers}: ${verdict}`, flat };
}

/** The median of all slopes between two samples (Theil–Sen), per sample: a few odd values do not change it. */
function slope(values: readonly number[]): number {
  const slopes: number[] = [];
  for (let a = 0; a < values.length; a += 1)
    for (let b = a + 1; b < values.length; b += 1)
      slopes.push(((values[b] ?? Number.NaN) - (values[a] ?? Number.NaN)) / (b - a));
  return slopes.length === 0 ? 0 : median(slopes);
}

/** From 0 to the greatest value. */
function chart(values: readonly number[]): string {
  const most = Math.max(...values, Number.MIN_VALUE);
  const columns = Math.min(WIDTH, values.length);
  return Array.from({ length: columns }, (_, column) => {
    const part = values.slice(
      Math.floor((column * values.length) / columns),
      Math.floor(((column + 1) * values.length) / columns),
    );
    return BARS[Math.min(BARS.length - 1, Math.floor((median(part) / most) * BARS.length))];
  }).join('');
}
