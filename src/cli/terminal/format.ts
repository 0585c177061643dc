const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Formats a time span with its two largest units. @param ms milliseconds */
export function span(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < MINUTE) return `${Math.floor(whole / SECOND)}s`;
  if (whole < HOUR) return two(whole, MINUTE, 'm', SECOND, 's');
  if (whole < DAY) return two(whole, HOUR, 'h', MINUTE, 'm');
  return two(whole, DAY, 'd', HOUR, 'h');
}

function two(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % large) / small);
  return `${Math.floor(ms / large)}${largeUnit}${rest === 0 ? '' : ` ${rest}${smallUnit}`}`;
}

/** Formats how long ago a time (RFC 3339) was. */
export function since(moment: string, now: number): string {
  return span(now - Date.parse(moment));
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** Formats bytes in powers of 1024. */
export function bytes(count: number): string {
  let [value, unit] = [count, 0];
  while (value >= 1_000 && unit < UNITS.length - 1) {
    value /= 1_024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** Formats a time (RFC 3339, or milliseconds since the epoch) in the local time zone: `2026-03-01 12:00:00`. */
export function localTime(moment: string | number): string {
  const at = new Date(moment);
  const date = [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => digits(part)).join('-');
  const time = [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => digits(part)).join(':');
  return `${date} ${time}`;
}

function digits(part: number): string {
  return String(part).padStart(2, '0');
}

/** One thing, or several: `1 process`, `2 processes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
