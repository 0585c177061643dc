import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { vi } from 'vitest';
import { type AppFolderOptions, writeAppFolder } from '../support/app-folder.ts';
import { freePorts } from '../support/free-ports.ts';
import { ask, makeDataDir, type ServeProcess, serve } from '../support/serve.ts';
import { until } from '../support/until.ts';

// Each test starts several servers, one after another.
vi.setConfig({ testTimeout: 90_000 });

/** Times that suit tests: what is waited for comes soon. */
const SETTINGS = {
  TOEHOLD_STOP_GRACE: '1s',
  TOEHOLD_STARTUP_TIMEOUT: '60s',
  TOEHOLD_RESTART_DELAYS: '100ms',
  TOEHOLD_WORKER_READY: '100ms',
  TOEHOLD_WATCH_SETTLE: '30ms',
};

export interface AppNow {
  readonly id: string;
  readonly name: string;
  readonly icon: string;
  readonly state: string;
  readonly desiredState: string;
  readonly error: string | null;
  readonly health: string;
  readonly url: string | null;
  readonly port: { readonly port: number } | null;
  readonly release: { readonly name: string } | null;
  readonly run: RunNow | null;
  /** Newest first. */
  readonly runs: { readonly nodes: readonly RunNow[] };
}

export interface RunNow {
  readonly id: string;
  readonly pid: number | null;
  readonly phase: string;
  readonly cause: string;
  readonly recoveries: number;
  readonly exit: {
    readonly code: number | null;
    readonly signal: string | null;
    readonly reason: string;
  } | null;
}

export interface LineNow {
  readonly cursor: string;
  readonly text: string;
  readonly stream: string;
}

/** One data directory with one control plane after another, each the real command in a process of its own. */
export interface Plane {
  readonly dataDir: string;
  readonly appsDir: string;
  readonly process: ServeProcess;
  readonly url: string;
  addApp(name: string, options: AppFolderOptions): Promise<string>;
  start(env?: Readonly<Record<string, string>>): Promise<void>;
  /** SIGKILL: it can do nothing about it. */
  kill(): Promise<void>;
  /** Asks it to end, and answers its exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  ask<T>(query: string, variables?: object): Promise<T>;
  /** Sends a mutation for an app; answers the type of what came, or the error's code. */
  command(mutation: string, name: string, input?: string): Promise<string>;
  app(name: string): Promise<AppNow>;
  /** The app, as soon as it is so. */
  appThat(name: string, what: string, is: (app: AppNow) => boolean): Promise<AppNow>;
  /** The app's newest lines, oldest first. */
  lines(name: string): Promise<readonly LineNow[]>;
  waitForLine(name: string, text: string): Promise<readonly LineNow[]>;
  /** What the last start found. */
  found(): Promise<{ readonly recoveredRuns: number; readonly lostRuns: number }>;
  runDirectory(run: RunNow): string;
  /** Changes the database by hand, while no control plane has it. */
  edit(statement: string, ...values: readonly unknown[]): void;
}

const RUN = 'id pid phase cause recoveries exit { code signal reason }';
const APP = `query ($by: AppRef!) {
  app(by: $by) {
    id name icon state desiredState error health url port { port } release { name }
    run { ${RUN} }
    runs { nodes { ${RUN} } }
  }
}`;

/** The number of what has this id. */
export function numberOf(id: string): number {
  return Number(atob(id).split(':')[1]);
}

/** @param directory where its data lie; else a directory of its own. */
export async function makePlane(
  settings: Readonly<Record<string, string>> = {},
  directory?: string,
): Promise<Plane> {
  const { path, appsDir } = await makeDataDir();
  const dataDir = directory ?? path;
  const ports = await freePorts(8);
  let current: { readonly process: ServeProcess; readonly url: string } | null = null;

  const plane: Plane = {
    dataDir,
    appsDir,
    get process() {
      if (!current) throw new Error('it has not started');
      return current.process;
    },
    get url() {
      if (!current) throw new Error('it has not started');
      return current.url;
    },
    addApp: (name, options) => writeAppFolder(appsDir, name, options),
    async start(env = {}) {
      const process = await serve({
        dataDir,
        // A flag: by its environment it would look like one of its apps.
        args: ['--apps-dir', appsDir],
        env: { ...SETTINGS, TOEHOLD_PORTS: ports, ...settings, ...env },
      });
      current = { process, url: '' };
      current = { process, url: await process.ready() };
    },
    async kill() {
      plane.process.child.kill('SIGKILL');
      await plane.process.ended;
    },
    async end(signal = 'SIGTERM') {
      plane.process.child.kill(signal);
      return (await plane.process.ended).code;
    },
    async ask<T>(query: string, variables: object = {}) {
      const { data, errors } = await ask<T>(plane.url, query, variables);
      if (errors) throw new Error(JSON.stringify(errors));
      return data;
    },
    async command(mutation, name, input = '') {
      const { done } = await plane.ask<{ done: { __typename: string; code?: string; message?: string } }>(
        `mutation ($by: AppRef!) {
          done: ${mutation}(input: { app: $by ${input} }) { __typename ... on Error { code message } }
        }`,
        { by: { name } },
      );
      return done.code === undefined ? done.__typename : `${done.code}: ${done.message}`;
    },
    async app(name) {
      const { app } = await plane.ask<{ app: AppNow | null }>(APP, { by: { name } });
      if (!app) throw new Error(`there is no app ${name}`);
      return app;
    },
    async appThat(name, what, is) {
      let last: AppNow | null = null;
      const found = until(
        async () => {
          last = await plane.app(name);
          return is(last) ? last : undefined;
        },
        `${name} ${what}`,
        30_000,
      );
      return found.catch((error) => {
        throw new Error(`${error.message}: ${JSON.stringify(last)}\n${plane.process.stderr().slice(-2_000)}`);
      });
    },
    async lines(name) {
      const { app } = await plane.ask<{ app: { logs: { nodes: LineNow[] } } | null }>(
        'query ($by: AppRef!) { app(by: $by) { logs(last: 1000) { nodes { cursor text stream } } } }',
        { by: { name } },
      );
      return app?.logs.nodes ?? [];
    },
    waitForLine: (name, text) =>
      until(
        async () => {
          const lines = await plane.lines(name);
          return lines.some((line) => line.text === text) ? lines : undefined;
        },
        `${name} has the line "${text}"`,
        20_000,
      ),
    async found() {
      const { events } = await plane.ask<{
        events: { nodes: { recoveredRuns?: number; lostRuns?: number }[] };
      }>('{ events(last: 1000) { nodes { ... on SupervisorStartedEvent { recoveredRuns lostRuns } } } }');
      const { recoveredRuns = -1, lostRuns = -1 } =
        events.nodes.findLast((event) => event.recoveredRuns !== undefined) ?? {};
      return { recoveredRuns, lostRuns };
    },
    runDirectory: ({ id }) => join(dataDir, '.toehold/runs', String(numberOf(id))),
    edit(statement, ...values) {
      const database = new SQLite(join(dataDir, '.toehold/toehold.db'));
      try {
        const { changes } = database.prepare(statement).run(...values);
        if (changes === 0) throw new Error(`this changed nothing: ${statement}`);
      } finally {
        database.close();
      }
    },
  };
  return plane;
}

/** For `appThat`: it runs and is ready. */
export function isRunning({ state }: AppNow): boolean {
  return state === 'RUNNING';
}
