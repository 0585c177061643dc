/** Every span of time that the supervisor goes by, in milliseconds (docs/behavior.md A2). */
export interface Times {
  /** Between two health checks, and from ready to the first. */
  readonly healthInterval: number;
  readonly healthTimeout: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopGrace: number;
  /** From the spawn to ready. */
  readonly startupTimeout: number;
  readonly installTimeout: number;
  /** How long an app must be ready for its restart count to be 0 again. */
  readonly stableAfter: number;
  /** How long a worker (`toes.port: false`) must live to count as ready. */
  readonly workerReady: number;
  /** The delays before restart 1, 2, 3, ...; the last one for ever after. */
  readonly restartDelays: readonly number[];
  /** How long a stranger may hold an app's port before the app takes another one for life. */
  readonly portPatience: number;
  /** How long a directory may be gone before its app is stopped. */
  readonly goneAfter: number;
  /** How long the manifest of a running app may be invalid before the app is stopped. */
  readonly invalidAfter: number;
  /** How long the state of a gone app is kept. */
  readonly goneKept: number;
  /** File events that come closer together than this are one. */
  readonly watchSettle: number;
  readonly rescanInterval: number;
  /** How long `.trash` keeps a removed app. */
  readonly trashKept: number;
}

const SECOND = 1_000;
const DAY = 86_400 * SECOND;

export const DEFAULT_TIMES: Times = {
  healthInterval: 30 * SECOND,
  healthTimeout: 5 * SECOND,
  stopGrace: 10 * SECOND,
  startupTimeout: 30 * SECOND,
  installTimeout: 600 * SECOND,
  stableAfter: 60 * SECOND,
  workerReady: 1 * SECOND,
  restartDelays: [1, 2, 4, 8, 16, 32].map((seconds) => seconds * SECOND),
  portPatience: 60 * SECOND,
  goneAfter: 2 * SECOND,
  invalidAfter: 5 * SECOND,
  goneKept: 7 * DAY,
  watchSettle: 200,
  rescanInterval: 30 * SECOND,
  trashKept: 30 * DAY,
};

/** How many health checks in a row must fail for a restart. */
export const HEALTH_FAILURES = 3;
