/** A directory `<name>/<YYYYMMDD-HHMMSS>/` that `current` may point to. */
export interface Release {
  readonly name: string;
  /** From its name, taken as UTC: milliseconds since the epoch. */
  readonly createdAt: number;
  readonly current: boolean;
}

const PATTERN = /^(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})(\d{2})$/;

/** The time in a release's name, or null where the name is not a release's. */
export function releaseTime(name: string): number | null {
  const parts = PATTERN.exec(name);
  if (!parts) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time = Date.UTC(year, month - 1, day, hour, minute, second);
  // 20260231-000000 would roll over into March: not a time, so not a release.
  return new Date(time).toISOString().replace(/[-:T]/g, '').slice(0, 14) === parts.slice(1).join('')
    ? time
    : null;
}

/** The release of this name. Null for no name, and for one that is not a release's. */
export function releaseNamed(name: string | null, current: boolean): Release | null {
  const createdAt = name === null ? null : releaseTime(name);
  return name === null || createdAt === null ? null : { name, createdAt, current };
}
