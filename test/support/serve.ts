import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { freePorts } from './free-ports.ts';
import { processesOfApps } from './marked-processes.ts';
import { until } from './until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The command: as it was built, where that is of the present sources (`npm test` sees to it), else from them. */
export const COMMAND: readonly string[] = isBuilt()
  ? [join(ROOT, 'dist/src/main.js')]
  : ['--import', import.meta.resolve('tsx'), join(ROOT, 'src/main.ts')];

function isBuilt(): boolean {
  return spawnSync('sh', [join(ROOT, 'scripts/build.sh'), '--is-fresh'], { stdio: 'ignore' }).status === 0;
}

/** A data directory of a test's own. What runs from it, and it itself, goes when the test is over. */
export interface DataDir {
  readonly path: string;
  readonly appsDir: string;
}

export async function makeDataDir(): Promise<DataDir> {
  const path = await mkdtemp(join(tmpdir(), 'toehold-'));
  const appsDir = join(path, 'apps');
  await mkdir(appsDir);
  onTestFinished(async () => {
    await endAppsOf(appsDir);
    await rm(path, { recursive: true, force: true });
  });
  return { path, appsDir };
}

export interface ServeOptions {
  readonly dataDir: string;
  /** Besides the test's environment, less what configures a server. */
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** A server in a process of its own: the real command. */
export interface ServeProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** What it printed first on stdout, when it has. @throws Error with its stderr, where it ends before. */
  readonly ready: () => Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Starts `toehold serve` on a free port, with free ports for apps. It is killed when the test is over. */
export async function serve({ dataDir, env = {}, args = [] }: ServeOptions): Promise<ServeProcess> {
  const ports = env.TOEHOLD_PORTS ?? (await freePorts(10));
  return toehold(['serve', ...args], {
    DATA_DIR: dataDir,
    PORT: '0',
    TOEHOLD_PORTS: ports,
    ...env,
  });
}

/** The command with these arguments, and no configuration but them. It is killed when the test is over. */
export function toehold(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd?: string,
): ServeProcess {
  return runProcess(process.execPath, [...COMMAND, ...args], env, cwd);
}

/** Runs a program, from the top of the repository where nothing else is said, and gathers what it prints. It is killed when the test is over. */
export function runProcess(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string = ROOT,
): ServeProcess {
  // Not the list of servers of whoever runs the tests.
  const state = env.DATA_DIR ? { XDG_STATE_HOME: join(env.DATA_DIR, '.state') } : {};
  const child = spawn(program, args, { cwd, env: { ...cleanEnvironment(), ...state, ...env } });
  let stdout = '';
  let stderr = '';
  const firstLine = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      const end = stdout.indexOf('\n');
      if (end >= 0) resolve(stdout.slice(0, end));
    });
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    // What it started may hold its output open.
    child.stdout.destroy();
    child.stderr.destroy();
    await ended;
  });
  const ready = async (): Promise<string> => {
    const first = await Promise.race([firstLine, ended.then(() => undefined)]);
    if (first === undefined) throw new Error(`it ended before it was ready:\n${stderr}`);
    const [url] = /http:[^"]+/.exec(first) ?? [];
    if (url !== undefined) noteToken(url, env);
    return first;
  };
  return { child, pid: child.pid ?? 0, stdout: () => stdout, stderr: () => stderr, ready, ended };
}

export interface Answer<T> {
  readonly data: T;
  readonly errors?: readonly { readonly message: string }[];
}

/** Of each server that was started here, by its URL: its first token, as long as it stood in its file. */
const tokens = new Map<string, string>();

/** Notes the first token of a server, by the environment that it was started with. */
export function noteToken(url: string, env: Readonly<Record<string, string>>): void {
  const file = env.TOEHOLD_TOKEN_FILE ?? join(env.DATA_DIR ?? '.', '.toehold', 'token');
  // A server that asks nobody has none.
  tokens.set(new URL(url).origin, existsSync(file) ? readFileSync(file, 'utf8').trim() : '');
}

/** The first token of a server that was started here. `url` is the line that it printed. */
export function tokenOf(url: string): string {
  const token = tokens.get(new URL(url).origin);
  if (token === undefined) throw new Error(`No server of this test is at ${url}`);
  return token;
}

/** As a header, or as the parameters of a WebSocket's connection: that token. */
export function bearerOf(url: string): { readonly authorization: string } {
  return { authorization: `Bearer ${tokenOf(url)}` };
}

/** Asks a server by HTTP, with its first token. `url` is the line that it printed. */
export async function ask<T>(url: string, query: string, variables: object = {}): Promise<Answer<T>> {
  const response = await fetch(new URL('/graphql', url), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...bearerOf(url),
    },
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()) as Answer<T>;
}

export interface AppState {
  readonly name: string;
  readonly state: string;
  readonly url: string | null;
  readonly run: { readonly id: string; readonly pid: number | null; readonly recoveries: number } | null;
}

/** The app, as soon as it is in that state. */
export function appIn(url: string, name: string, state: string, deadlineMs = 20_000): Promise<AppState> {
  const query = 'query ($by: AppRef!) { app(by: $by) { name state url run { id pid recoveries } } }';
  return until(
    async () => {
      const { data } = await ask<{ app: AppState | null }>(url, query, { by: { name } });
      return data.app?.state === state ? data.app : undefined;
    },
    `${name} is ${state}`,
    deadlineMs,
  );
}

/** Everything that apps of this directory are made of. */
export function appProcesses(appsDir: string): Promise<number[]> {
  return processesOfApps(appsDir);
}

async function endAppsOf(appsDir: string): Promise<void> {
  await until(async () => {
    const pids = await appProcesses(appsDir);
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    return pids.length === 0;
  }, 'no process of the test is left');
}

/** The test's own environment, without what would configure a server or npm that it starts. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = /^(TOEHOLD_|npm_|VITEST|NODE_OPTIONS$|NODE_ENV$|DATA_DIR$|APPS_DIR$|PORT$|HOST$|INIT_CWD$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
