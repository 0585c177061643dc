import { median } from './measure.ts';

/** Several measurements of the same thing, interleaved with those that it is compared with. */
export type Values = readonly number[];

/** One line of the report. */
export interface Row {
  readonly benchmark: string;
  readonly what: string;
  /** The unit of all values, for example `ms`. */
  readonly unit: string;
  readonly own: Values;
  /** What it is compared with. Empty values: it is not installed. */
  readonly peer: { readonly name: string; readonly values: Values } | null;
  /** More values, for information. */
  readonly others?: readonly { readonly name: string; readonly values: Values }[];
  /** `least`: the ratio or the value must be at least this. A target of a ratio is own / peer. */
  readonly target: {
    readonly kind: 'ratio' | 'value';
    readonly bound: 'least' | 'most';
    readonly value: number;
  } | null;
}

/** Own median / peer's median; null without a peer. */
export function ratioOf({ own, peer }: Row): number | null {
  if (!peer || peer.values.length === 0) return null;
  return median(own) / median(peer.values);
}

/** Whether the target is reached; null if that cannot be told. */
export function isReached(row: Row): boolean | null {
  const { target } = row;
  if (!target) return null;
  const value = target.kind === 'ratio' ? ratioOf(row) : median(row.own);
  if (value === null || Number.isNaN(value)) return null;
  return target.bound === 'least' ? value >= target.value : value <= target.value;
}

export function targetText({ target, unit, peer }: Row): string {
  if (!target) return '–';
  const sign = target.bound === 'least' ? '≥' : '≤';
  return target.kind === 'ratio'
    ? `${sign} ${target.value} × ${peer?.name ?? ''}`.trim()
    : `${sign} ${figure(target.value)} ${unit}`;
}

/** Median, and the least and greatest in brackets. */
export function spread(values: Values): string {
  if (values.length === 0) return '–';
  if (values.length === 1) return figure(values[0] ?? Number.NaN);
  return `${figure(median(values))} (${figure(Math.min(...values))}–${figure(Math.max(...values))})`;
}

/** Three significant digits, with separators of thousands. */
export function figure(value: number = Number.NaN): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return String(Number(value.toPrecision(3)));
}
