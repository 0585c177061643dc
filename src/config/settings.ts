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

/** One thing that can be configured, by a variable of the environment or by the flag of `serve`. */
export interface Setting<T = unknown> {
  readonly variable: string;
  readonly kind: Kind<T>;
  /** As a person would write it; null where it depends on another setting, as `help` says. */
  readonly initial: string | null;
  /** One sentence, for `serve --help` and the documents. */
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
 * Every setting there is. The table drives the reading of environment and flags, `serve --help` and the
 * table in the README. A key is the flag's name in camel case.
 */
export const SETTINGS = {
  dataDir: setting('main', 'DATA_DIR', path, '.', 'Where the apps and the state (.toehold/) lie.'),
  appsDir: setting('main', 'APPS_DIR', path, null, 'Where the apps lie (default: apps/ in DATA_DIR).'),
  port: setting(
    'main',
    'PORT',
    wholeNumber(0, 65_535, 3000),
    '3000',
    'The port of this server; 0 takes a free one.',
  ),
  host: setting(
    'main',
    'HOST',
    host,
    'localhost',
    'The address of this server; localhost means 127.0.0.1 and ::1 (where the machine has it).',
  ),
  socket: setting(
    'main',
    'TOEHOLD_SOCKET',
    path,
    null,
    'A Unix socket on which this server listens, too: only its own account can connect (default: none).',
  ),
  ports: setting('main', 'TOEHOLD_PORTS', portRange, '3001-3100', 'The ports that apps get.'),
  onExit: setting(
    'main',
    'TOEHOLD_ON_EXIT',
    oneOf('stop', 'detach'),
    'stop',
    'What becomes of running apps when this server is told to end: stop ends them, detach leaves them to the next server.',
  ),
  allowOutside: setting(
    'main',
    'TOEHOLD_ALLOW_OUTSIDE',
    yesOrNo,
    'no',
    'Whether an app, or its `current`, may be a symlink that leads out of APPS_DIR.',
  ),

  tokenFile: setting(
    'access',
    'TOEHOLD_TOKEN_FILE',
    path,
    null,
    'Where the first token is put, or found (default: .toehold/token in DATA_DIR).',
  ),
  noAuth: setting(
    'access',
    'TOEHOLD_NO_AUTH',
    yesOrNothing,
    'no',
    'Ask nobody for a token: only where HOST is an address that other machines do not reach.',
  ),
  allowedHosts: setting(
    'access',
    'TOEHOLD_ALLOWED_HOSTS',
    hosts,
    null,
    'By which names the server may be asked, besides addresses, localhost and HOST (default: none).',
  ),
  allowedOrigins: setting(
    'access',
    'TOEHOLD_ALLOWED_ORIGINS',
    origins,
    null,
    'Whose pages may ask the server, besides its own (default: none).',
  ),
  sessionIdle: setting(
    'access',
    'TOEHOLD_SESSION_IDLE',
    duration('12h'),
    '12h',
    'How long a browser’s session may be unused before it ends; an open stream is a use.',
  ),
  appUser: setting(
    'access',
    'TOEHOLD_APP_USER',
    userName,
    null,
    'As whom the apps run, where the server runs as root (default: as root, too).',
  ),
  passEnv: setting(
    'access',
    'TOEHOLD_PASS_ENV',
    passedNames,
    null,
    'Which variables of the server apps of another user get besides PATH, LANG, LC_*, TZ and TMPDIR; NAME_* is all that begin so (default: none).',
  ),
  appApi: setting(
    'access',
    'TOEHOLD_APP_API',
    oneOf('none', 'viewer', 'operator'),
    'viewer',
    'The most that toes.api gives an app without a grant (toehold grant): none, viewer or operator.',
  ),

  logRetention: setting(
    'keeping',
    'TOEHOLD_LOG_RETENTION',
    size,
    formatSize(64 * 2 ** 20),
    'How much of the log is kept for each app.',
  ),
  logMaxAge: setting(
    'keeping',
    'TOEHOLD_LOG_MAX_AGE',
    keepingTimeOrOff('30d'),
    'off',
    'How long a line of the log is kept at most.',
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
    'How many events are kept, and for how long.',
  ),
  auditRetention: setting(
    'keeping',
    'TOEHOLD_AUDIT_RETENTION',
    keepingTime('90d'),
    '90d',
    'How long it is kept who did what.',
  ),
  goneKept: setting(
    'keeping',
    'TOEHOLD_GONE_KEPT',
    keepingTime('7d'),
    formatDuration(T.goneKept),
    'How long the port, runs and log of an app are kept after its directory has gone.',
  ),
  trashKept: setting(
    'keeping',
    'TOEHOLD_TRASH_KEPT',
    keepingTime('30d'),
    formatDuration(T.trashKept),
    'How long a removed app stays in .trash/.',
  ),

  healthInterval: time('TOEHOLD_HEALTH_INTERVAL', T.healthInterval, 'Between two health checks.'),
  healthTimeout: time('TOEHOLD_HEALTH_TIMEOUT', T.healthTimeout, 'How long a health check may take.'),
  stopGrace: time('TOEHOLD_STOP_GRACE', T.stopGrace, 'From SIGTERM to SIGKILL.'),
  startupTimeout: time(
    'TOEHOLD_STARTUP_TIMEOUT',
    T.startupTimeout,
    'How long an app may take to listen on its port.',
  ),
  installTimeout: time('TOEHOLD_INSTALL_TIMEOUT', T.installTimeout, 'How long an installation may take.'),
  restartDelays: setting(
    'times',
    'TOEHOLD_RESTART_DELAYS',
    delays,
    RESTART_DELAYS,
    'The waits before the first, second, ... restart; the last one is used from then on.',
  ),
  stableAfter: time(
    'TOEHOLD_STABLE_AFTER',
    T.stableAfter,
    'How long an app must be ready, without a failed health check, for its restarts to count from 0 again.',
  ),
  workerReady: time(
    'TOEHOLD_WORKER_READY',
    T.workerReady,
    'How long an app that serves nothing must live to count as ready.',
  ),
  portPatience: time(
    'TOEHOLD_PORT_PATIENCE',
    T.portPatience,
    'How long another program may hold the port of an app before the app takes another one for life.',
  ),
  goneAfter: time(
    'TOEHOLD_GONE_AFTER',
    T.goneAfter,
    'How long the directory of an app may be gone before the app is stopped.',
  ),
  invalidAfter: time(
    'TOEHOLD_INVALID_AFTER',
    T.invalidAfter,
    'How long the package.json of a running app may be invalid before the app is stopped.',
  ),
  watchSettle: time(
    'TOEHOLD_WATCH_SETTLE',
    T.watchSettle,
    'Changes of files that come closer together than this are one.',
  ),
  rescanInterval: time(
    'TOEHOLD_RESCAN_INTERVAL',
    T.rescanInterval,
    'Between two looks at every app, whatever was told of changes.',
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
/** What each setting came to; those without an initial value are not there where nothing was said. */
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
