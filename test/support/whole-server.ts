import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Client, createClient } from 'graphql-ws';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type ControlPlane, compose } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import type { Clock } from '../../src/contracts/clock.ts';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { type AppFolderOptions, writeAppFolder } from './app-folder.ts';
import { freePorts } from './free-ports.ts';
import { program } from './programs.ts';
import { until } from './until.ts';

/** Times that suit tests: what is waited for comes soon, what must not come does not. */
const TIMES = {
  TOEHOLD_STOP_GRACE: '1s',
  TOEHOLD_STARTUP_TIMEOUT: '25s',
  TOEHOLD_RESTART_DELAYS: '100ms,200ms,400ms',
  TOEHOLD_WATCH_SETTLE: '30ms',
  TOEHOLD_GONE_AFTER: '300ms',
  TOEHOLD_INVALID_AFTER: '300ms',
  TOEHOLD_RESCAN_INTERVAL: '2s',
  TOEHOLD_WORKER_READY: '100ms',
};

export interface WholeServerOptions {
  /** Settings, and what else is in the environment of the control plane. */
  readonly env?: Readonly<Record<string, string>>;
  /** How many ports there are for apps. */
  readonly ports?: number;
  /** Between the machine's clock and the control plane. */
  readonly clock?: Clock;
  /** False: no healthy app runs beside what is tested. */
  readonly bystander?: boolean;
  /** Lays out what the control plane finds when it starts. */
  readonly before?: (server: WholeServer) => Promise<unknown>;
}

export interface AppState {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly desiredState: string;
  readonly error: string | null;
  readonly warnings: readonly string[];
  readonly health: string;
  readonly url: string | null;
  readonly release: { readonly name: string } | null;
  readonly port: { readonly port: number; readonly state: string } | null;
  readonly run: {
    readonly id: string;
    readonly pid: number | null;
    readonly phase: string;
    readonly cause: string;
    readonly recoveries: number;
  } | null;
  readonly restart: { readonly attempt: number; readonly at: string } | null;
}

export interface RunEnd {
  readonly id: string;
  readonly cause: string;
  readonly port: number | null;
  readonly exit: {
    readonly code: number | null;
    readonly signal: string | null;
    readonly reason: string;
  } | null;
}

/** What a command answered, whichever member of its union that is. */
export interface Outcome {
  readonly __typename: string;
  readonly code?: string;
  readonly message?: string;
}

/**
 * The whole control plane in this process, as `compose` joins it: real processes, database, files and
 * sockets. When it ends, nothing of it may be left, and the app beside the tested ones must not have
 * noticed anything.
 */
export interface WholeServer {
  readonly directory: string;
  readonly appsDir: string;
  readonly stateDir: string;
  readonly control: ControlPlane;
  readonly url: string;
  /** The first one, an ADMIN's, which all requests carry that say nothing else. */
  readonly token: string;
  /** The ports that apps get. */
  readonly range: { readonly min: number; readonly max: number };
  /** What it printed. */
  readonly printed: readonly string[];
  addApp(name: string, options: AppFolderOptions): Promise<string>;
  /** Over HTTP. @throws Error with the errors that came. */
  ask<T = unknown>(query: string, variables?: object): Promise<T>;
  /** Over HTTP, whatever comes. */
  send(body: string | Buffer, headers?: object): Promise<{ readonly status: number; readonly text: string }>;
  /** `startApp`, `stopApp`, `restartApp` or `removeApp`, and waits for what comes of it. */
  command(mutation: string, name: string, wait?: boolean): Promise<Outcome>;
  rename(name: string, to: string): Promise<Outcome>;
  app(name: string): Promise<AppState | null>;
  /** The app, as soon as it is in this state. */
  waitForState(name: string, state: string): Promise<AppState>;
  /** The app, as soon as it is as asked. */
  waitForApp(name: string, what: string, is: (app: AppState) => unknown): Promise<AppState>;
  /** The app's last lines, at most 1,000, oldest first. */
  lines(name: string): Promise<string[]>;
  /** Resolves with the app's lines when this one is among them. */
  waitForLine(name: string, line: string | RegExp): Promise<string[]>;
  /** The app's runs, newest first. */
  runs(name: string): Promise<RunEnd[]>;
  /** The states that the journal tells of, oldest first. */
  states(name: string): Promise<string[]>;
  webSocket(token?: string): Client;
  /** How many timers of the control plane are set. */
  timers(): number;
  /** Processes that are its apps'. */
  processes(): Promise<number[]>;
  /** Ends this control plane, `force`d or not; `startAgain` may follow. */
  shutdown(how: 'stop' | 'detach' | 'force'): Promise<{ readonly clean: boolean }>;
  /** Starts another control plane in the place of one that was shut down. */
  startAgain(): Promise<void>;
  /** Ends this control plane, as told, and starts another one in its place. */
  restart(end: 'stop' | 'detach'): Promise<void>;
  /** Ends it and looks for what it left. @throws Error */
  close(): Promise<void>;
}

const BYSTANDER = 'bystander';

/** A server for one test; it ends with the test. */
export async function startServer(options: WholeServerOptions = {}): Promise<WholeServer> {
  const server = await createServer(options);
  onTestFinished(server.close);
  return server;
}

/** One server for all tests of a file. */
export function sharedServer(options: WholeServerOptions = {}): () => WholeServer {
  let server: WholeServer | undefined;
  beforeAll(async () => {
    server = await createServer(options);
  });
  afterAll(() => server?.close());
  return () => {
    if (!server) throw new Error('the server has not started');
    return server;
  };
}

async function createServer(options: WholeServerOptions): Promise<WholeServer> {
  const before = await handles();
  const foreign = new Set(await listeningPorts());
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'toehold-whole-')));
  const appsDir = options.env?.APPS_DIR ?? join(directory, 'apps');
  const ports = options.env?.TOEHOLD_PORTS ?? (await freePorts(options.ports ?? 12));
  const [min = 0, max = 0] = ports.split('-').map(Number);
  const printed: string[] = [];
  const clock = countingClock(options.clock ?? createSystemClock());
  const clients = new Set<Client>();
  const { PATH = '', HOME = directory, TMPDIR = tmpdir() } = process.env;
  const env = { PATH, HOME, TMPDIR, DATA_DIR: directory, PORT: '0', TOEHOLD_PORTS: ports, ...TIMES };
  const loaded = loadConfig({ env: { ...env, ...options.env }, cwd: directory });
  if (!loaded.ok) throw new Error(loaded.message);
  const { config } = loaded;
  const withBystander = options.bystander !== false;
  let control: ControlPlane | undefined;
  let bystanderPid: number | null = null;
  let closed = false;
  let up = false;

  const server: WholeServer = {
    ...{ directory, appsDir, printed, range: { min, max } },
    stateDir: config.stateDir,
    get control() {
      if (!control) throw new Error('it has not started');
      return control;
    },
    get url() {
      return server.control.url;
    },
    get token() {
      return readFileSync(config.tokenFile, 'utf8').trim();
    },
    addApp: (name, app) => writeAppFolder(appsDir, name, app),
    send: (body, headers) =>
      post(`${server.url}/graphql`, body, { authorization: `Bearer ${server.token}`, ...headers }),
    async ask<T>(query: string, variables: object = {}) {
      const { status, text } = await server.send(JSON.stringify({ query, variables }));
      const { data, errors } = JSON.parse(text) as { data?: T; errors?: unknown };
      if (errors !== undefined || data === undefined) throw new Error(`${status}: ${text.slice(0, 2_000)}`);
      return data;
    },
    async command(mutation, name, wait = true) {
      const waits = mutation === 'removeApp' ? '' : `, wait: ${wait}`;
      const { done } = await server.ask<{ done: Outcome }>(
        `mutation ($by: AppRef!) {
          done: ${mutation}(input: { app: $by${waits} }) { __typename ... on Error { code message } }
        }`,
        { by: { name } },
      );
      return done;
    },
    async rename(name, to) {
      const { done } = await server.ask<{ done: Outcome }>(
        `mutation ($by: AppRef!, $to: String!) {
          done: renameApp(input: { app: $by, name: $to }) { __typename ... on Error { code message } }
        }`,
        { by: { name }, to },
      );
      return done;
    },
    app: async (name) => (await server.ask<{ app: AppState | null }>(APP, { by: { name } })).app,
    waitForState: (name, state) => server.waitForApp(name, `is ${state}`, (app) => app.state === state),
    async waitForApp(name, what, is) {
      let last: AppState | null = null;
      try {
        return await until(
          async () => {
            last = await server.app(name);
            return last && is(last) ? last : undefined;
          },
          `${name} ${what}`,
          20_000,
        );
      } catch (error) {
        const log = last === null ? [] : await server.lines(name).catch(() => []);
        throw new Error(`${whole(error)}\n${JSON.stringify(last)}\n${log.slice(-20).join('\n')}`);
      }
    },
    async lines(name) {
      const { app } = await server.ask<{ app: { logs: { nodes: { text: string }[] } } | null }>(
        'query ($by: AppRef!) { app(by: $by) { logs(last: 1000) { nodes { text } } } }',
        { by: { name } },
      );
      return app?.logs.nodes.map(({ text }) => text) ?? [];
    },
    async waitForLine(name, line) {
      let lines: string[] = [];
      const matches = (text: string) => (typeof line === 'string' ? text === line : line.test(text));
      return until(
        async () => {
          lines = await server.lines(name);
          return lines.some(matches) ? lines : undefined;
        },
        `${name} has the line ${line}`,
        20_000,
      ).catch((error) => {
        throw new Error(`${whole(error)}\n${lines.slice(-20).join('\n')}`);
      });
    },
    async runs(name) {
      const { app } = await server.ask<{ app: { runs: { nodes: RunEnd[] } } | null }>(
        `query ($by: AppRef!) {
          app(by: $by) { runs(first: 100) { nodes { id cause port exit { code signal reason } } } }
        }`,
        { by: { name } },
      );
      return app?.runs.nodes ?? [];
    },
    async states(name) {
      const { events } = await server.ask<{ events: { nodes: { to?: string }[] } }>(
        `query ($apps: [AppRef!]) {
          events(apps: $apps, first: 1000) { nodes { ... on AppStateChangedEvent { to } } }
        }`,
        { apps: [{ name }] },
      );
      return events.nodes.flatMap(({ to }) => to ?? []);
    },
    webSocket(token) {
      const client = createClient({
        url: `${server.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: () => ({ authorization: `Bearer ${token ?? server.token}` }),
        retryAttempts: 0,
      });
      clients.add(client);
      return client;
    },
    timers: () => clock.pending(),
    processes: () => processesOf(directory, appsDir),
    async shutdown(how) {
      await disposeAll(clients);
      const told = printed.length;
      const end = server.control.shutdown({ detach: how === 'detach' });
      if (how === 'force') {
        await until(() => printed.slice(told).some((line) => line.endsWith('Stopping...')), 'apps are told');
        server.control.force();
      }
      const answer = await end;
      up = false;
      return answer;
    },
    async startAgain() {
      await start();
      bystanderPid = null;
      if (withBystander) await noteBystander();
    },
    async restart(end) {
      await server.shutdown(end);
      await start();
      if (end === 'stop') bystanderPid = null;
      if (withBystander) await noteBystander();
    },
    async close() {
      if (closed) return;
      closed = true;
      try {
        if (withBystander && up) await checkBystander();
        if (up) await server.shutdown('stop');
        await nothingLeft();
      } finally {
        await endProcesses(directory, appsDir);
        await rm(directory, { recursive: true, force: true });
      }
    },
  };

  async function start(): Promise<void> {
    const print = (line: string) => void printed.push(line);
    control = await compose(config, { print, clock });
    await control.start();
    up = true;
  }

  async function noteBystander(): Promise<void> {
    const { run } = await server.waitForState(BYSTANDER, 'RUNNING');
    if (bystanderPid !== null && run?.pid !== bystanderPid)
      throw new Error('the bystander was not taken over as it was');
    bystanderPid = run?.pid ?? null;
  }

  /** The server answers, and the healthy app has run on all the time. */
  async function checkBystander(): Promise<void> {
    const app = await server.app(BYSTANDER);
    const runs = await server.runs(BYSTANDER);
    if (app?.state !== 'RUNNING' || app.run?.pid !== bystanderPid)
      throw new Error(`the app beside was disturbed: ${JSON.stringify({ app, runs, bystanderPid })}`);
    const { status } = await post(app.url ?? '', '');
    if (status !== 200) throw new Error(`the app beside answers ${status}`);
  }

  async function nothingLeft(): Promise<void> {
    const processes = await processesOf(directory, appsDir);
    if (processes.length > 0) throw new Error(`processes are left: ${await commandsOf(processes)}`);
    const listening = (await listeningPorts()).filter(
      (port) => port >= min && port <= max && !foreign.has(port),
    );
    if (listening.length > 0) throw new Error(`ports are listened on: ${listening}`);
    if (clock.pending() > 0) throw new Error(`timers are left:\n${clock.traces().join('\n')}`);
    let left: string[] = [];
    await until(
      async () => {
        left = moreThan(await handles(directory), before);
        return left.length === 0;
      },
      'nothing is left open',
      20_000,
    ).catch((error) => {
      throw new Error(`${String(error)}: ${left}`);
    });
  }

  if (options.env?.APPS_DIR === undefined) await mkdir(appsDir);
  try {
    if (withBystander) await server.addApp(BYSTANDER, { script: program('serve') });
    await options.before?.(server);
    await start();
    if (withBystander) await noteBystander();
  } catch (error) {
    if (up) await server.shutdown('detach');
    await endProcesses(directory, appsDir);
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
  return server;
}

const APP = `query ($by: AppRef!) {
  app(by: $by) {
    id name state desiredState error warnings health url release { name }
    port { port state }
    run { id pid phase cause recoveries }
    restart { attempt at }
  }
}`;

/** On a connection of its own, which is closed when the answer is there. */
export function post(
  url: string,
  body: string | Buffer,
  headers: object = {},
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    });
    outgoing.once('error', reject);
    outgoing.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    outgoing.end(body);
  });
}

function whole(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${whole(error.cause)}`;
}

async function disposeAll(clients: Set<Client>): Promise<void> {
  for (const client of clients) await client.dispose();
  clients.clear();
}

/** A clock that knows which of its timers are set. */
function countingClock(clock: Clock): Clock & { pending(): number; traces(): string[] } {
  const timers = new Map<object, string>();
  return {
    now: clock.now,
    monotonic: clock.monotonic,
    after(ms, callback) {
      const timer = {};
      timers.set(timer, `${ms} ms${String(new Error().stack).split('\n').slice(2, 5).join('')}`);
      const cancel = clock.after(ms, () => {
        timers.delete(timer);
        callback();
      });
      return () => {
        timers.delete(timer);
        cancel();
      };
    },
    pending: () => timers.size,
    traces: () => [...timers.values()],
  };
}

/** What this process holds open: kinds of what keeps it alive, and files below the directory. */
async function handles(directory?: string): Promise<Map<string, number>> {
  const names = process.getActiveResourcesInfo();
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  if (directory === undefined) return counts;
  for (const fd of await readdir('/proc/self/fd')) {
    const path = await readlink(`/proc/self/fd/${fd}`).catch(() => '');
    if (path.startsWith(directory)) counts.set(path, 1);
  }
  return counts;
}

/** Short-lived by nature: they come and go with every look. */
const PASSING = new Set(['Immediate', 'FSReqPromise', 'FSReqCallback', 'TickObject', 'CloseReq']);

function moreThan(now: Map<string, number>, before: Map<string, number>): string[] {
  return [...now].flatMap(([name, count]) =>
    !PASSING.has(name) && count > (before.get(name) ?? 0) ? `${name} ×${count}` : [],
  );
}

/** False for a zombie too: nobody may be there to reap it at once. */
export function lives(pid: number | null | undefined): boolean {
  if (pid == null) return false;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

/** Those that have APPS_DIR in their environment, or work somewhere below the directory. Zombies have neither. */
async function processesOf(directory: string, appsDir: string): Promise<number[]> {
  const found = await Promise.all(
    (await readdir('/proc')).map(async (name) => {
      const pid = Number(name);
      if (!Number.isInteger(pid) || pid === process.pid) return [];
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      const isOurs = environment.split('\0').includes(`APPS_DIR=${appsDir}`) || cwd.startsWith(directory);
      return isOurs ? pid : [];
    }),
  );
  return found.flat();
}

async function endProcesses(directory: string, appsDir: string): Promise<void> {
  await until(async () => {
    const pids = await processesOf(directory, appsDir);
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

async function commandsOf(pids: readonly number[]): Promise<string> {
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'gone')),
  );
  return lines.map((line, index) => `${pids[index]} ${line.replaceAll('\0', ' ')}`).join('; ');
}

/** Every TCP port that something on this machine listens on. */
export async function listeningPorts(): Promise<number[]> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'latin1')));
  return tables
    .join('')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === '0A')
    .map((fields) => Number.parseInt(fields[1]?.split(':')[1] ?? '', 16));
}
