import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type ClientEnvironment, clientEnvironmentOf } from './config/client-environment.ts';
import { flagOf, SETTINGS, type Setting, type SettingKey, type SettingValues } from './config/settings.ts';
import { type EventRetention, isLoopback, type PortRange } from './config/values.ts';
import type { Role } from './core/access.ts';
import type { Times } from './core/times.ts';

/** The configuration of the control plane, from its environment and its flags. Paths are absolute. */
export interface Config {
  readonly version: string;
  readonly dataDir: string;
  readonly appsDir: string;
  /** `.toehold` in the data directory: database, runs, lock. */
  readonly stateDir: string;
  /** An address without brackets, or a name. Other machines can reach it unless it is a loopback address. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** The absolute path of a Unix socket to listen on as well. */
  readonly socket: string | null;
  /** The range of ports for apps. */
  readonly ports: PortRange;
  readonly onExit: 'stop' | 'detach';
  readonly allowOutside: boolean;
  /** The file of the first token. */
  readonly tokenFile: string;
  /** False: no token is required, and every client is ADMIN. Then `host` is a loopback address. */
  readonly auth: boolean;
  /** Host names that clients can use, besides addresses, `localhost`, and `host`. */
  readonly allowedHosts: readonly string[];
  /** Origins whose pages can use the API, besides the server's own, as in the Origin header. */
  readonly allowedOrigins: readonly string[];
  /** A browser session ends after this time without use, in milliseconds. */
  readonly sessionIdle: number;
  /** The user that apps run as; null: the server's own. */
  readonly appUser: string | null;
  /** With `appUser`: the server's variables that apps get besides a few. `NAME_*` means all names that start so. */
  readonly passEnv: readonly string[];
  /** The highest role that an app gets without a grant; null: none. */
  readonly appApi: Role | null;
  /** Milliseconds. */
  readonly auditRetention: number;
  /** Bytes per app. */
  readonly logRetention: number;
  /** Milliseconds; null: no limit. */
  readonly logMaxAge: number | null;
  /** Ended runs per app. */
  readonly runRetention: number;
  readonly eventRetention: EventRetention;
  readonly times: Times;
  /** The variables that the control plane was started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Those of them that no app gets, besides all of `TOEHOLD_*`. */
  readonly ownVariables: readonly string[];
  /** Problems that don't stop the server, one sentence each. */
  readonly warnings: readonly string[];
}

export interface ConfigSources {
  readonly env?: NodeJS.ProcessEnv;
  /** The values of flags. They override the environment. */
  readonly flags?: Readonly<Partial<Record<SettingKey, string>>>;
  readonly cwd?: string;
}

/** `message` has one line for each bad value: its name, what was found, and what it must be. */
export type Loaded =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly message: string };

/** Variables of clients and runs that are no settings of the server. */
const OTHER_VARIABLES: readonly string[] = [
  ...['TOEHOLD_URL', 'TOEHOLD_TOKEN', 'TOEHOLD_INSECURE'],
  'TOEHOLD_RUN_ID',
];

/** Variables that a service manager gives only to the service itself. */
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
    const flag = flags[key];
    const text = flag ?? (env[setting.variable] || setting.initial);
    if (text === null) continue;
    const value = setting.kind.parse(text);
    if (value === undefined)
      problems.push(problem(flag === undefined ? setting.variable : flagOf(setting), text, setting));
    values[key] = value;
  }
  const openToAll = problems.length === 0 && values.noAuth === true && !isLoopback(String(values.host));
  if (openToAll) {
    const name = flags.noAuth === undefined ? SETTINGS.noAuth.variable : flagOf(SETTINGS.noAuth);
    problems.push(
      `${name} is yes and HOST is ${values.host}, which other machines reach: set HOST to 127.0.0.1, ::1, or localhost`,
    );
  }
  if (problems.length > 0) return { ok: false, message: problems.join('\n') };
  // Each key was parsed by its own kind.
  return { ok: true, config: assemble(values as SettingValues, env, cwd) };
}

/** The configuration directory of a user: $XDG_CONFIG_HOME, or ~/.config. */
export function configHome(home: string, env: NodeJS.ProcessEnv = process.env): string {
  return env.XDG_CONFIG_HOME ? resolve(env.XDG_CONFIG_HOME) : join(home, '.config');
}

/** The environment of a command that is a client of a server. */
export function readClientEnvironment(env: NodeJS.ProcessEnv = process.env): ClientEnvironment {
  return clientEnvironmentOf(env);
}

/** PATH, on which a shell finds this program or not. */
export function readShellPath(env: NodeJS.ProcessEnv = process.env): string | undefined {
  return env.PATH;
}

/** The version in package.json, which is above both src/ and dist/src/. */
export function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (name === 'toehold' && typeof version === 'string') return version;
    } catch {
      // Try the other path.
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
        .map(
          (name) =>
            `${name} is not a setting of this version and has no effect: the option --help of serve lists the settings`,
        ),
      ...(appUser === null && passEnv.length > 0
        ? [
            'TOEHOLD_PASS_ENV has no effect without TOEHOLD_APP_USER: apps get all variables except the server’s settings',
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

/** Warnings about what this configuration lets others do. */
function exposure({ noAuth, host }: SettingValues): string[] {
  if (noAuth) {
    return ['no token is required (--no-auth): every account on this machine can do everything here'];
  }
  if (isLoopback(host)) return [];
  return [
    `HOST is ${host}, which other machines reach, and tokens travel unencrypted: put a TLS proxy in front of it (see SECURITY.md)`,
  ];
}

function problem(name: string, found: string, setting: Setting): string {
  return `${name} is ${JSON.stringify(found.slice(0, 64))}: it must be ${setting.kind.expected}`;
}

function entriesOf(settings: typeof SETTINGS): [SettingKey, Setting][] {
  return Object.entries(settings) as [SettingKey, Setting][];
}
