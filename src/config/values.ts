import { isIP, isIPv6 } from 'node:net';

/** How the text of a setting becomes a value. Pure: a kind does not know where the text came from. */
export interface Kind<T> {
  /** What the text must be, with an example: the end of an error message. */
  readonly expected: string;
  /** The name of the value in the help of a flag. */
  readonly placeholder: string;
  /** `may`: the flag can have no value and then means yes. `must`: it never has a value. */
  readonly alone?: 'may' | 'must';
  /** undefined: the text is not of this kind. */
  parse(text: string): T | undefined;
}

const SECOND = 1_000;
const DAY = 86_400 * SECOND;
/** The longest time that a timer of Node can hold (2^31 - 1 ms), in whole days. */
const LONGEST_TIMER = 24 * DAY;
const LONGEST_KEPT = 3_650 * DAY;

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: SECOND,
  m: 60 * SECOND,
  h: 3_600 * SECOND,
  d: DAY,
};
const BYTES: Readonly<Record<string, number>> = { B: 1, KB: 2 ** 10, MB: 2 ** 20, GB: 2 ** 30 };

export const path: Kind<string> = {
  expected: 'a path, such as /srv/toehold',
  placeholder: 'path',
  parse: (text) => (text.includes('\0') ? undefined : text),
};

export const yesOrNo: Kind<boolean> = {
  expected: 'yes or no',
  placeholder: 'yes|no',
  alone: 'may',
  parse: (text) => {
    if (/^(yes|true|1|on)$/i.test(text)) return true;
    return /^(no|false|0|off)$/i.test(text) ? false : undefined;
  },
};

/** The same, for a flag without a value. */
export const yesOrNothing: Kind<boolean> = { ...yesOrNo, alone: 'must' };

const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*$/;

/** An address or a name, in lower case and without the brackets of a URL. */
export const host: Kind<string> = {
  expected: 'an address or a host name, such as 127.0.0.1, ::1 or localhost',
  placeholder: 'address',
  parse: (text) => {
    const name = text.replace(/^\[(.*)\]$/, '$1').toLowerCase();
    if (isIPv6(name)) return canonicalIPv6(name);
    // The last label of a name is never a number, so this would be a wrong address.
    return isIP(name) || (HOST_NAME.test(name) && !/(^|\.)\d+$/.test(name)) ? name : undefined;
  },
};

function canonicalIPv6(address: string): string | undefined {
  try {
    return new URL(`http://[${address}]`).hostname.slice(1, -1);
  } catch {
    // An address with a zone (fe80::1%eth0) is not valid in a URL.
    return undefined;
  }
}

/** Whether only this machine can reach a host. @param name as `host` parses it */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || (isIP(name) === 4 && name.startsWith('127.'));
}

function list<T>(item: Kind<T>, expected: string, placeholder: string): Kind<readonly T[]> {
  return {
    expected,
    placeholder,
    parse: (text) => {
      const parsed = text.split(',').map((part) => item.parse(part.trim()));
      return parsed.every((value) => value !== undefined) ? parsed : undefined;
    },
  };
}

/** Names as in the Host header, without a port. */
export const hosts = list(
  host,
  'host names without a port, separated by commas, such as apps.example.com',
  'hosts',
);

/** As a browser writes it in the Origin header. */
const origin: Kind<string> = {
  expected: 'an origin',
  placeholder: 'origin',
  parse: (text) => {
    if (!/^https?:\/\/[^/]+\/?$/i.test(text) || !URL.canParse(text)) return undefined;
    const { origin, username, password, search, hash } = new URL(text);
    return `${username}${password}${search}${hash}` === '' ? origin : undefined;
  },
};

export const origins = list(
  origin,
  'origins separated by commas, such as https://ui.example.com,http://localhost:5173',
  'origins',
);

/** The name of a variable that apps get, or with `*` at its end the start of such names. */
const passedName: Kind<string> = {
  expected: 'a name',
  placeholder: 'name',
  // No app gets the control plane's own variables.
  parse: (text) => (/^(?!\*)[^=\0,*]+\*?$/.test(text) && !mayBeOwn(text) ? text : undefined),
};

function mayBeOwn(name: string): boolean {
  const own = 'TOEHOLD_';
  return name.startsWith(own) || (name.endsWith('*') && own.startsWith(name.slice(0, -1)));
}

export const passedNames = list(
  passedName,
  'names of variables separated by commas, such as NODE_ENV,AWS_*, and none of TOEHOLD_*, which no app gets',
  'names',
);

/** Whether the user exists is checked when the user is needed. */
export const userName: Kind<string> = {
  expected: 'the name of a user of this machine, such as www-data',
  placeholder: 'user',
  parse: (text) => (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/.test(text) ? text : undefined),
};

export function oneOf<const T extends string>(...words: readonly T[]): Kind<T> {
  return {
    expected: words.join(' or '),
    placeholder: words.join('|'),
    parse: (text) => words.find((word) => word === text),
  };
}

export function wholeNumber(min: number, max: number, example: number): Kind<number> {
  return {
    expected: `a whole number from ${min} to ${max}, such as ${example}`,
    placeholder: 'number',
    parse: (text) => (/^\d{1,15}$/.test(text) ? within(Number(text), min, max) : undefined),
  };
}

/** @returns milliseconds */
export function duration(example: string, max: number = LONGEST_TIMER): Kind<number> {
  return {
    expected: `a time from 10ms to ${max / DAY}d, such as ${example} (units: ms, s, m, h, d)`,
    placeholder: 'time',
    parse: (text) => withUnit(text, MILLISECONDS, 10, max),
  };
}

/** A time that can be longer than one timer holds. @returns milliseconds */
export function keepingTime(example: string): Kind<number> {
  return duration(example, LONGEST_KEPT);
}

/** The same, or null for `off`. */
export function keepingTimeOrOff(example: string): Kind<number | null> {
  const time = keepingTime(example);
  return {
    ...time,
    expected: `off, or ${time.expected}`,
    parse: (text) => (text.trim() === 'off' ? null : time.parse(text)),
  };
}

/** @returns milliseconds, one for each delay */
export const delays: Kind<readonly number[]> = {
  expected: 'times separated by commas, such as 1s,2s,4s (units: ms, s, m, h, d)',
  placeholder: 'times',
  parse: (text) => {
    const parsed = text.split(',').map((part) => withUnit(part.trim(), MILLISECONDS, 10, LONGEST_TIMER));
    return parsed.every((ms) => ms !== undefined) ? parsed : undefined;
  },
};

/** @returns bytes; KB, MB and GB are powers of 1024 */
export const size: Kind<number> = {
  expected: 'a size from 64KB to 1024GB, such as 64MB (units: B, KB, MB, GB)',
  placeholder: 'size',
  parse: (text) => withUnit(text.toUpperCase(), BYTES, 2 ** 16, 2 ** 40),
};

export interface PortRange {
  readonly min: number;
  readonly max: number;
}

export const portRange: Kind<PortRange> = {
  expected: 'two ports from 1 to 65535 separated by a hyphen, such as 3001-3100',
  placeholder: 'range',
  parse: (text) => {
    const [, first, last] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? [];
    const min = within(Number(first), 1, 65_535);
    const max = within(Number(last), 1, 65_535);
    return min !== undefined && max !== undefined && min <= max ? { min, max } : undefined;
  },
};

export interface EventRetention {
  /** How many of the newest events are kept. */
  readonly events: number;
  /** Milliseconds. */
  readonly age: number;
}

export const eventRetention: Kind<EventRetention> = {
  expected: 'a number of events and a time separated by a comma, such as 1000000,90d',
  placeholder: 'number,time',
  parse: (text) => {
    const [, count, time] = /^(\d{1,12}),(\w+)$/.exec(text.replaceAll(' ', '')) ?? [];
    const events = within(Number(count), 1, 10 ** 12);
    const age = withUnit(time ?? '', MILLISECONDS, 10, LONGEST_KEPT);
    return events !== undefined && age !== undefined ? { events, age } : undefined;
  },
};

/** Formats milliseconds as `duration` reads them, in the largest unit that divides them. */
export function formatDuration(ms: number): string {
  return formatUnit(ms, MILLISECONDS);
}

/** Formats bytes as `size` reads them. */
export function formatSize(bytes: number): string {
  return formatUnit(bytes, BYTES);
}

function withUnit(text: string, units: Readonly<Record<string, number>>, min: number, max: number) {
  const [, digits, unit] = /^(\d{1,12}(?:\.\d{1,3})?) ?([A-Za-z]+)$/.exec(text) ?? [];
  const factor = units[unit ?? ''];
  if (digits === undefined || factor === undefined) return undefined;
  return within(Math.round(Number(digits) * factor), min, max);
}

function within(value: number, min: number, max: number): number | undefined {
  return value >= min && value <= max ? value : undefined;
}

function formatUnit(value: number, units: Readonly<Record<string, number>>): string {
  const fits = Object.entries(units).filter(([, factor]) => value % factor === 0);
  const [unit, factor] = fits.at(-1) ?? ['', 1];
  return `${value / factor}${unit}`;
}
