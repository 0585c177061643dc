import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ClientEnvironment, clientEnvironmentOf } from './config/client-environment.ts';
import { flagOf, SETTINGS, type Setting, type SettingKey, type SettingValues } from './config/settings.ts';
import { type EventRetention, isLoopback, type PortRange } from './config/values.ts';
import type { Role } from './core/access.ts';
import type { Times } from './core/times.ts';

/** All that the control plane was told by its environment and its flags. Paths are absolute. */
export interface Config {
  readonly version: string;
  readonly dataDir: string;
  readonly appsDir: string;
  /** `.toehold` in the data directory: database, runs, lock. */
  readonly stateDir: string;
  /** An address, without brackets, or a name; other machines reach it where it is not a loopback one. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** A Unix socket to listen on, too; absolute. */
  readonly socket: string | null;
  /** What apps get their ports from. */
  readonly ports: PortRange;
  readonly onExit: 'stop' | 'detach';
  readonly allowOutside: boolean;
  /** Where the first token stands. */
  readonly tokenFile: string;
  /** False: nobody is asked for a token, and everybody may do everything; then `host` is a loopback one. */
  readonly auth: boolean;
  /** By which names the server may be asked, besides addresses, `localhost` and `host`. */
  readonly allowedHosts: readonly string[];
  /** Whose pages may ask the server, besides its own: as in the Origin header. */
  readonly allowedOrigins: readonly string[];
  /** How long a browser's session may be unused before it ends, in milliseconds. */
  readonly sessionIdle: number;
  /** As which user the apps run; null: as the server itself. */
  readonly appUser: string | null;
  /** Which of the server's variables apps of another user get, besides a few; `NAME_*` is all that begin so. */
  readonly passEnv: readonly string[];
  /** The greatest role that an app gets without a grant; null: none. */
  readonly appApi: Role | null;
  /** Milliseconds. */
  readonly auditRetention: number;
  /** Bytes per app. */
  readonly logRetention: number;
  /** Milliseconds; null: however old. */
  readonly logMaxAge: number | null;
  /** Ended runs per app. */
  readonly runRetention: number;
  readonly eventRetention: EventRetention;
  readonly times: Times;
  /** The variables that the control plane itself was started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Which of them are its own business, besides all of `TOEHOLD_*`: no app gets them. */
  readonly ownVariables: readonly string[];
  /** Variables that look like settings and are none, each a sentence for a person. */
  readonly warnings: readonly string[];
}

export interface ConfigSources {
  readonly env?: NodeJS.ProcessEnv;
  /** What flags said; they win over the environment. */
  readonly flags?: Readonly<Partial<Record<SettingKey, string>>>;
  readonly cwd?: string;
}

/** `message` has one line for each bad value: what it was set by, what was found, what it takes. */
export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly message: string };

/** Clients' and runs' own; no settings of the server. */
const OTHER_VARIABLES: readonly string[] = [
  ...['TOEHOLD_URL', 'TOEHOLD_TOKEN', 'TOEHOLD_INSECURE'],
  'TOEHOLD_RUN_ID',
];

/** What a service manager gives to a service alone: its credentials, and where it tells how it is. */
const SERVICE_VARIABLES: readonly string[] = ['CREDENTIALS_DIRECTORY', 'NOTIFY_SOCKET', 'WATCHDOG_PID'];

/** Reads the configuration. An empty variable counts as unset. */
export function loadConfig({
  env = process.env,
  flags = {},
  cwd = process.cwd(),
}: ConfigSources = {}): Loaded {
  const problems: string[] = [];
  const values: Partial<Record<SettingKey, unknown>> = {};
  for (const [key, setting] of entriesOf(SETTINGS)) {
    const said = flags[key];
    const text = said ?? (env[setting.variable] || setting.initial);
    if (text === null) continue;
    const value = setting.kind.parse(text);
    if (value === undefined)
      problems.push(problem(said === undefined ? setting.variable : flagOf(setting), text, setting));
    values[key] = value;
  }
  const openToAll = problems.length === 0 && values.noAuth === true && !isLoopback(String(values.host));
  if (openToAll) {
    const name = flags.noAuth === undefined ? SETTINGS.noAuth.variable : flagOf(SETTINGS.noAuth);
    problems.push(
      `${name} is yes and HOST is ${values.host}, which other machines reach: it takes a HOST such as 127.0.0.1, ::1 or localhost`,
    );
  }
  if (problems.length > 0) return { ok: false, message: problems.join('\n') };
  // Each key was parsed by its own kind.
  return { ok: true, config: assemble(values as SettingValues, env, cwd) };
}

/** Where a user's programs keep their configuration: $XDG_CONFIG_HOME, else ~/.config. */
export function configHome(home: string, env: NodeJS.ProcessEnv = process.env): string {
  return env.XDG_CONFIG_HOME ? resolve(env.XDG_CONFIG_HOME) : join(home, '.config');
}

/** What a command that asks a server takes from its environment. */
export function readClientEnvironment(env: NodeJS.ProcessEnv = process.env): ClientEnvironment {
  return clientEnvironmentOf(env);
}

/** The version in package.json, which lies above both src/ and dist/src/. */
export function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (name === 'toehold' && typeof version === 'string') return version;
    } catch {
      // Not there: the other one is.
    }
  }
  return 'unknown';
}

const APP_API = { none: null, viewer: 'VIEWER', operator: 'OPERATOR' } as const;

function assemble(values: SettingValues, env: NodeJS.ProcessEnv, cwd: string): Config {
  const dataDir = resolve(cwd, values.dataDir);
  const { appsDir, host, port, ports, onExit, allowOutside } = values;
  const { logRetention, logMaxAge, runRetention, eventRetention, auditRetention } = values;
  const {
    tokenFile,
    noAuth,
    allowedHosts = [],
    allowedOrigins = [],
    appUser = null,
    passEnv = [],
    sessionIdle,
  } = values;
  const appApi = APP_API[values.appApi];
  const stateDir = join(dataDir, '.toehold');
  const names: readonly string[] = Object.values(SETTINGS).map((setting) => setting.variable);
  const known = new Set([...names, ...OTHER_VARIABLES]);
  return {
    version: readVersion(),
    dataDir,
    appsDir: appsDir === undefined ? join(dataDir, 'apps') : resolve(cwd, appsDir),
    stateDir,
    socket: values.socket === undefined ? null : resolve(cwd, values.socket),
    tokenFile: tokenFile === undefined ? join(stateDir, 'token') : resolve(cwd, tokenFile),
    auth: !noAuth,
    ...{ allowedHosts, allowedOrigins, appUser, passEnv, appApi, sessionIdle, auditRetention },
    ...{ host, port, ports, onExit, allowOutside, logRetention, logMaxAge, runRetention, eventRetention },
    times: timesOf(values),
    environment: Object.fromEntries(
      Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
    ownVariables: [...names, ...SERVICE_VARIABLES],
    warnings: [
      ...Object.keys(env)
        .filter((name) => name.startsWith('TOEHOLD_') && !known.has(name))
        .map((name) => `${name} is no setting of this version and does nothing: see toehold serve --help`),
      ...(appUser === null && passEnv.length > 0
        ? [
            'TOEHOLD_PASS_ENV does nothing without TOEHOLD_APP_USER: apps get all variables but the server’s own',
          ]
        : []),
      ...exposure(values),
    ],
  };
}

function timesOf(values: SettingValues): Times {
  return {
    healthInterval: values.healthInterval,
    healthTimeout: values.healthTimeout,
    stopGrace: values.stopGrace,
    startupTimeout: values.startupTimeout,
    installTimeout: values.installTimeout,
    stableAfter: values.stableAfter,
    portPatience: values.portPatience,
    workerReady: values.workerReady,
    restartDelays: values.restartDelays,
    goneAfter: values.goneAfter,
    invalidAfter: values.invalidAfter,
    goneKept: values.goneKept,
    watchSettle: values.watchSettle,
    rescanInterval: values.rescanInterval,
    trashKept: values.trashKept,
  };
}

/** What others on this machine, or beyond it, can do by what was configured. */
function exposure({ noAuth, host }: SettingValues): string[] {
  if (noAuth) {
    return [
      'nobody is asked for a token: whoever has an account on this machine may do everything here (--no-auth)',
    ];
  }
  if (isLoopback(host)) return [];
  return [
    `HOST is ${host}, which other machines reach, and tokens travel to it unencrypted: put a TLS proxy in front, as SECURITY.md tells`,
  ];
}

function problem(name: string, found: string, setting: Setting): string {
  return `${name} is ${JSON.stringify(found.slice(0, 64))}: it takes ${setting.kind.takes}`;
}

function entriesOf(settings: typeof SETTINGS): [SettingKey, Setting][] {
  return Object.entries(settings) as [SettingKey, Setting][];
}
