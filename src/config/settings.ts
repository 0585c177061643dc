import { DEFAULT_TIMES } from '../core/times.ts';
import {
  delays,
  duration,
  eventRetention,
  formatDuration,
  formatSize,
  host,
  hosts,
  type Kind,
  keepingTime,
  keepingTimeOrOff,
  oneOf,
  origins,
  passedNames,
  path,
  portRange,
  size,
  userName,
  wholeNumber,
  yesOrNo,
  yesOrNothing,
} from './values.ts';

/** One setting: a variable of the environment, or a flag of `serve`. */
export interface Setting<T = unknown> {
  readonly variable: string;
  readonly kind: Kind<T>;
  /** The default, as a person would write it. Null if it depends on another setting; `help` says how. */
  readonly initial: string | null;
  /** One sentence, for `serve --help` and the README. */
  readonly help: string;
  readonly group: 'main' | 'access' | 'keeping' | 'times';
}

function setting<T>(
  group: Setting['group'],
  variable: string,
  kind: Kind<T>,
  initial: string | null,
  help: string,
): Setting<T> {
  return { group, variable, kind, initial, help };
}

function time(variable: string, ms: number, help: string): Setting<number> {
  return setting('times', variable, duration(formatDuration(ms)), formatDuration(ms), help);
}

const T = DEFAULT_TIMES;
const RESTART_DELAYS = T.restartDelays.map(formatDuration).join(',');

/**
 * All settings. `loadConfig`, `serve --help`, and the table in the README use this table. A key is the name of the flag in camel case.
 */
export const SETTINGS = {
  dataDir: setting('main', 'DATA_DIR', path, '.', 'The directory of the apps and of the state (.toehold/).'),
  appsDir: setting('main', 'APPS_DIR', path, null, 'The directory of the apps (default: apps/ in DATA_DIR).'),
  port: setting(
    'main',
    'PORT',
    wholeNumber(0, 65_535, 3000),
    '3000',
    'The port of the server; 0 means any free port.',
  ),
  host: setting(
    'main',
    'HOST',
    host,
    'localhost',
    'The address that the server listens on; localhost means 127.0.0.1 and, if the machine has it, ::1.',
  ),
  socket: setting(
    'main',
    'TOEHOLD_SOCKET',
    path,
    null,
    'A Unix socket to listen on as well; only root and the server’s account can connect (default: none).',
  ),
  ports: setting('main', 'TOEHOLD_PORTS', portRange, '3001-3100', 'The range of ports for apps.'),
  onExit: setting(
    'main',
    'TOEHOLD_ON_EXIT',
    oneOf('stop', 'detach'),
    'stop',
    'What happens to running apps when the server ends: stop ends them, detach leaves them running for the next server.',
  ),
  allowOutside: setting(
    'main',
    'TOEHOLD_ALLOW_OUTSIDE',
    yesOrNo,
    'no',
    'Whether an app’s directory, or its `current`, can be a symlink that leads out of APPS_DIR.',
  ),

  tokenFile: setting(
    'access',
    'TOEHOLD_TOKEN_FILE',
    path,
    null,
    'The file for the first token (default: .toehold/token in DATA_DIR).',
  ),
  noAuth: setting(
    'access',
    'TOEHOLD_NO_AUTH',
    yesOrNothing,
    'no',
    'Require no token; allowed only if HOST is a loopback address.',
  ),
  allowedHosts: setting(
    'access',
    'TOEHOLD_ALLOWED_HOSTS',
    hosts,
    null,
    'Host names that clients can use, besides addresses, localhost, and HOST (default: none).',
  ),
  allowedOrigins: setting(
    'access',
    'TOEHOLD_ALLOWED_ORIGINS',
    origins,
    null,
    'Origins whose pages can use the API, besides the server’s own (default: none).',
  ),
  sessionIdle: setting(
    'access',
    'TOEHOLD_SESSION_IDLE',
    duration('12h'),
    '12h',
    'A browser session ends after this time without use; an open stream is a use.',
  ),
  appUser: setting(
    'access',
    'TOEHOLD_APP_USER',
    userName,
    null,
    'The user that apps run as if the server runs as root (default: root).',
  ),
  passEnv: setting(
    'access',
    'TOEHOLD_PASS_ENV',
    passedNames,
    null,
    'With TOEHOLD_APP_USER: variables of the server that apps get besides PATH, LANG, LC_*, TZ, and TMPDIR; NAME_* means all names that start so (default: none).',
  ),
  appApi: setting(
    'access',
    'TOEHOLD_APP_API',
    oneOf('none', 'viewer', 'operator'),
    'viewer',
    'The highest role that toes.api gives an app without a grant (toehold grant): none, viewer, or operator.',
  ),

  logRetention: setting(
    'keeping',
    'TOEHOLD_LOG_RETENTION',
    size,
    formatSize(64 * 2 ** 20),
    'How much log is kept for each app.',
  ),
  logMaxAge: setting(
    'keeping',
    'TOEHOLD_LOG_MAX_AGE',
    keepingTimeOrOff('30d'),
    'off',
    'The maximum age of a log line.',
  ),
  runRetention: setting(
    'keeping',
    'TOEHOLD_RUN_RETENTION',
    wholeNumber(1, 1_000_000, 1000),
    '1000',
    'How many ended runs are kept for each app.',
  ),
  eventRetention: setting(
    'keeping',
    'TOEHOLD_EVENT_RETENTION',
    eventRetention,
    '1000000,90d',
    'How many events are kept, and how long.',
  ),
  auditRetention: setting(
    'keeping',
    'TOEHOLD_AUDIT_RETENTION',
    keepingTime('90d'),
    '90d',
    'How long entries of the audit log are kept.',
  ),
  goneKept: setting(
    'keeping',
    'TOEHOLD_GONE_KEPT',
    keepingTime('7d'),
    formatDuration(T.goneKept),
    'How long the port, runs, and log of an app are kept after its directory is gone.',
  ),
  trashKept: setting(
    'keeping',
    'TOEHOLD_TRASH_KEPT',
    keepingTime('30d'),
    formatDuration(T.trashKept),
    'How long a removed app stays in .trash/.',
  ),

  healthInterval: time('TOEHOLD_HEALTH_INTERVAL', T.healthInterval, 'The time between two health checks.'),
  healthTimeout: time('TOEHOLD_HEALTH_TIMEOUT', T.healthTimeout, 'The time limit of a health check.'),
  stopGrace: time(
    'TOEHOLD_STOP_GRACE',
    T.stopGrace,
    'The time from SIGTERM to SIGKILL when an app is stopped.',
  ),
  startupTimeout: time(
    'TOEHOLD_STARTUP_TIMEOUT',
    T.startupTimeout,
    'The time within which an app must listen on its port.',
  ),
  installTimeout: time('TOEHOLD_INSTALL_TIMEOUT', T.installTimeout, 'The time limit of an installation.'),
  restartDelays: setting(
    'times',
    'TOEHOLD_RESTART_DELAYS',
    delays,
    RESTART_DELAYS,
    'The delays before the first, second, ... restart; the last one repeats.',
  ),
  stableAfter: time(
    'TOEHOLD_STABLE_AFTER',
    T.stableAfter,
    'The restart count returns to 0 after an app has been ready this long without a failed health check.',
  ),
  workerReady: time(
    'TOEHOLD_WORKER_READY',
    T.workerReady,
    'An app that serves nothing is ready after this time.',
  ),
  portPatience: time(
    'TOEHOLD_PORT_PATIENCE',
    T.portPatience,
    'If another program holds the port of an app this long, the app gets another port for life.',
  ),
  goneAfter: time(
    'TOEHOLD_GONE_AFTER',
    T.goneAfter,
    'An app is stopped when its directory has been gone this long.',
  ),
  invalidAfter: time(
    'TOEHOLD_INVALID_AFTER',
    T.invalidAfter,
    'A running app is stopped when its package.json has been invalid this long.',
  ),
  watchSettle: time(
    'TOEHOLD_WATCH_SETTLE',
    T.watchSettle,
    'File changes that are closer together than this count as one.',
  ),
  rescanInterval: time(
    'TOEHOLD_RESCAN_INTERVAL',
    T.rescanInterval,
    'The time between two scans of all apps, besides the watching of files.',
  ),
} as const;

export type SettingKey = keyof typeof SETTINGS;
type Value<K extends SettingKey> = (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;
type Optional =
  | 'appsDir'
  | 'socket'
  | 'tokenFile'
  | 'allowedHosts'
  | 'allowedOrigins'
  | 'appUser'
  | 'passEnv';
/** The value of each setting. A setting without a default is missing if it was not set. */
export type SettingValues = { readonly [K in Exclude<SettingKey, Optional>]: Value<K> } & {
  readonly [K in Optional]?: Value<K>;
};

/** The flag of a setting: `TOEHOLD_LOG_RETENTION` is `--log-retention`. */
export function flagOf(setting: Setting): string {
  return `--${setting.variable
    .replace(/^TOEHOLD_/, '')
    .toLowerCase()
    .replaceAll('_', '-')}`;
}
