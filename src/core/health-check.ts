// What `toes.health` says, and what the supervisor goes by (docs/behavior.md A5, A11).

import { fieldsOf, type Members, readTime, timeRule, withoutControls } from './manifest-fields.ts';
import { HEALTH_FAILURES, type Times } from './times.ts';

/** `toes.health`. Null stands for the server's own setting. Times are in milliseconds. */
export interface HealthCheck {
  /** The path that must answer 2xx. Null where the app names none: then `/` is asked, and may answer what it likes at first. */
  readonly path: string | null;
  readonly interval: number | null;
  readonly timeout: number | null;
  /** How many checks in a row must fail for a restart. */
  readonly failures: number | null;
  /** So long from ready on no failed check counts, until one has passed. */
  readonly startPeriod: number | null;
  /** The `user-agent` of the request, by which an app can tell it from a visitor's. */
  readonly userAgent: string | null;
}

export const DEFAULT_HEALTH: HealthCheck = {
  path: null,
  interval: null,
  timeout: null,
  failures: null,
  startPeriod: null,
  userAgent: null,
};

/** The `user-agent` of a check for an app that names none. */
export const DEFAULT_USER_AGENT = 'toehold-health-check';

/** What is asked of an app that names no path. */
export const DEFAULT_HEALTH_PATH = '/';

/** What the lifecycle goes by. Milliseconds. */
export interface HealthRules {
  readonly interval: number;
  readonly failures: number;
  readonly startPeriod: number;
}

/** @param check of the app's manifest; undefined where there is none, or where an earlier version read it. */
export function healthRules(check: HealthCheck | false | undefined, times: Times): HealthRules {
  const { interval, failures, startPeriod } = check || DEFAULT_HEALTH;
  return {
    interval: interval ?? times.healthInterval,
    failures: failures ?? HEALTH_FAILURES,
    startPeriod: startPeriod ?? 0,
  };
}

/** For the log, behind the reason of a check that failed on the path that stands for a missing one. */
export const PATH_HINT = ' (toes.health in package.json sets another path, or false)';

/** The warning on an app whose `/` has an answer that shows neither health nor failure. @param answer "GET / answered 404" */
export function unclearText(answer: string): string {
  const text = withoutControls(answer);
  return `${text}, so its health is unknown: set toes.health in package.json to a path that answers 2xx, or to false`;
}

const LONGEST_PATH = 2_048;
const SHORTEST_TIME = 100;
const MOST_FAILURES = 1_000;
const MEMBERS: ReadonlySet<string> = new Set(Object.keys(DEFAULT_HEALTH));

/** Reads `{ path, interval, timeout, failures, startPeriod, userAgent }`. A wrong member is a warning; the others count. */
export function readHealthCheck(members: Members, warnings: string[]): HealthCheck {
  const field = fieldsOf('toes.health', members, warnings);
  const time = (name: string, shortest: number) =>
    field<number | null>(name, null, "the server's own setting is used", timeRule(shortest), (value) =>
      readTime(value, shortest),
    );
  for (const name of Object.keys(members)
    .filter((key) => !MEMBERS.has(key))
    .slice(0, 5)) {
    warnings.push(`toes.health in package.json knows no ${withoutControls(JSON.stringify(name))}: ignored`);
  }
  return {
    path: field<string | null>('path', null, `${DEFAULT_HEALTH_PATH} is checked`, PATH_RULE, (value) =>
      isHealthPath(value) ? value : undefined,
    ),
    interval: time('interval', SHORTEST_TIME),
    timeout: time('timeout', SHORTEST_TIME),
    failures: field<number | null>(
      'failures',
      null,
      `${HEALTH_FAILURES} are taken`,
      `a whole number from 1 to ${MOST_FAILURES}`,
      (value) =>
        Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_FAILURES
          ? Number(value)
          : undefined,
    ),
    startPeriod: time('startPeriod', 0),
    userAgent: field<string | null>(
      'userAgent',
      null,
      `${DEFAULT_USER_AGENT} is sent`,
      'a text of 1 to 200 printable ASCII characters',
      (value) =>
        typeof value === 'string' && /^[\x21-\x7e][\x20-\x7e]{0,199}$/.test(value) ? value : undefined,
    ),
  };
}

export const PATH_RULE = 'a path that begins with one slash';

/** A path that stays on the app's own host: `//x` and `/\x` would name another one to a URL parser. */
export function isHealthPath(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length <= LONGEST_PATH && /^\/(?![/\\])[^\s\\\p{Cc}]*$/u.test(value)
  );
}
