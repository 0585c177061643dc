import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { openStores, type Stores } from '../../db/index.ts';
import {
  type AccessControl,
  createAccess,
  createAuditLog,
  createSteadyTime,
} from '../../src/access/index.ts';
import type { AuditLog } from '../../src/contracts/access.ts';
import type { Clock } from '../../src/contracts/clock.ts';
import type { LogReader } from '../../src/contracts/logs.ts';
import type { Durability } from '../../src/contracts/stores.ts';
import type { EventReader } from '../../src/contracts/supervisor.ts';
import type { PortHolder } from '../../src/core/errors.ts';
import { type LogStream, RUN_FILES, type RunId } from '../../src/core/run.ts';
import { DEFAULT_TIMES, type Times } from '../../src/core/times.ts';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { Logs } from '../../src/logs/index.ts';
import { createServer, type Server } from '../../src/server/index.ts';
import { createSupervisor, Journal, Registry, type SupervisorControl } from '../../src/supervisor/index.ts';
import { createFakeDriver, type FakeBehaviour, type FakeDriver } from './fake-driver.ts';
import { overriding } from './overriding.ts';
import { createScriptedFiles, type ScriptedFiles } from './scripted-files.ts';
import { until } from './until.ts';

/** Text, or a typed document, whose variables the test may get wrong. */
export type Operation<T> = string | TypedDocumentNode<T, never>;

export interface Answer<T> {
  readonly status: number;
  readonly data: T | null;
  readonly errors: readonly { readonly message: string; readonly extensions?: Record<string, unknown> }[];
}

/**
 * A whole control plane in this process, on a real database, real logs and a real port; its driver is
 * scripted and its folders are the test's own.
 */
export interface ControlPlane {
  readonly directory: string;
  readonly stores: Stores;
  readonly driver: FakeDriver;
  readonly folders: ScriptedFiles;
  readonly control: SupervisorControl;
  readonly events: EventReader;
  readonly journal: Journal;
  readonly logs: LogReader;
  /** The logs' own reader, for what takes its place. */
  readonly realLogs: LogReader;
  readonly access: AccessControl['access'];
  readonly audit: AuditLog;
  readonly durability: Durability;
  readonly server: Server;
  /** An ADMIN's, which all requests carry that say nothing else. */
  readonly token: string;
  readonly url: string;
  readonly port: number;
  /** Takes the place of methods of the logs' reader, for what real logs seldom show. */
  readonly interpose: { -readonly [Method in keyof LogReader]?: LogReader[Method] };
  /** What the server told of what went wrong. */
  readonly problems: { readonly message: string; readonly data: object }[];
  /** How many streams are open. 0 only if nothing listens for events or lines, either. */
  readonly streams: () => number;
  /** Makes an app, and answers when it has a run or is at rest. */
  addApp(name: string, behaviour?: FakeBehaviour): Promise<void>;
  /** The app that runs now prints these lines. */
  print(name: string, lines: readonly string[], stream?: LogStream): RunId;
  /** Over HTTP; the errors are for the test to look at. */
  query<T = unknown>(query: Operation<T>, variables?: object, token?: string): Promise<Answer<T>>;
  /** The same, for what cannot fail. @throws Error with the errors. */
  data<T = unknown>(query: Operation<T>, variables?: object): Promise<T>;
  /** A client over WebSocket, closed when the test is over. */
  webSocket(options?: { readonly retryAttempts?: number; readonly token?: string }): Client;
  /** Another control plane in the place of this one, which ends: the same directory, another epoch. */
  restart(): Promise<ControlPlane>;
  close(): Promise<void>;
}

export interface ControlPlaneOptions {
  readonly clock?: Clock;
  readonly times?: Partial<Times>;
  /** Where to go on from; else a new one. */
  readonly directory?: string;
  readonly driver?: FakeDriver;
  readonly folders?: ScriptedFiles;
  /** False: the port is bound, and nothing is answered yet. */
  readonly served?: boolean;
  /** Puts something between the server and the supervisor. */
  readonly wrap?: (control: SupervisorControl) => SupervisorControl;
}

export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'toehold-plane-'));
  const clock = options.clock ?? createSystemClock();
  const stores = openStores(join(directory, 'toehold.db'), { now: clock.now });
  const runsDir = join(directory, 'runs');
  const driver = options.driver ?? createFakeDriver({ now: clock.now, runsDir });
  const folders = options.folders ?? createScriptedFiles();
  const problems: { message: string; data: object }[] = [];
  const problem = (data: object, message: string) => void problems.push({ message, data });
  const logger = { info() {}, warn: problem, error: problem };
  const logs = new Logs({
    marks: stores.marks,
    runsDir,
    clock,
    console: () => {},
    endOfEpoch: (epoch) => stores.meta.lastMarkOfEpoch(epoch),
  });
  const time = createSteadyTime(clock, stores.time);
  const registry = new Registry();
  const journal = new Journal({ ...stores, transactions: stores, clock, logger });
  const { access, runTokens, ...accessLife } = createAccess({
    ...{ store: stores.tokens, clock, time, logger },
    runIsLive: (run) => registry.ofRun(run) !== null,
  });
  const audit = createAuditLog({ store: stores.audit, clock, logger });
  const built: SupervisorControl = createSupervisor({
    version: '0.0.0',
    appsDir: '/apps',
    range: { min: 3001, max: 4100 },
    times: { ...DEFAULT_TIMES, ...options.times },
    eventRetention: { events: 1_000_000, age: 90 * 86_400_000 },
    markPrefix: 'plane',
    server: { port: 3000, url: 'http://localhost:3000' },
    stores,
    registry,
    journal,
    driver,
    runTokens,
    appApi: 'VIEWER',
    logs: logs.runLogs,
    discovery: folders.discovery,
    files: folders.files,
    chance: () => 0,
    prober: { probe: async () => ({ ok: true }) },
    portProbe: {
      canBind: async () => true,
      holders: async () =>
        new Map<number, PortHolder>(
          driver
            .live()
            .flatMap(({ spec, listening }) =>
              listening && spec.port !== null
                ? [[spec.port, { pid: 100_000 + spec.run, command: 'app' }]]
                : [],
            ),
        ),
    },
    clock,
    time,
    logger,
  });
  const control = options.wrap?.(built) ?? built;
  let listening = 0;
  const counting = (reader: Pick<EventReader, 'onMore'>) => ({
    onMore(listener: () => void) {
      const end = reader.onMore(listener);
      listening += 1;
      return () => {
        listening -= 1;
        end();
      };
    },
  });
  const events = overriding<EventReader>(journal, counting(journal));
  const interpose: ControlPlane['interpose'] = {};
  const reader = overriding(logs.reader, {
    ...counting(logs.reader),
    follow: (...args) => (interpose.follow ? interpose.follow(...args) : logs.reader.follow(...args)),
  });
  let opened = 0;
  const countingAccess = overriding(access, {
    streamOpened(identity) {
      const end = access.streamOpened(identity);
      opened += 1;
      return () => {
        opened -= 1;
        end();
      };
    },
  });
  const { text: token } = access.create({ name: 'test', role: 'ADMIN', expiresAt: null });
  const server = createServer({
    host: '127.0.0.1',
    port: 0,
    clock,
    log: logger,
    version: '0.0.0',
    instance: 'test',
  });
  const bound = await server.listen();
  if (!bound.ok) throw new Error(bound.message);
  await control.start();
  const { supervisor, readiness } = control;
  const { durability } = stores;
  if (options.served !== false)
    server.serve({ supervisor, events, logs: reader, readiness, access: countingAccess, audit, durability });

  const clients = new Set<Client>();
  let ended = false;

  async function close(): Promise<void> {
    if (ended) return;
    ended = true;
    for (const client of clients) await client.dispose();
    await server.close();
    accessLife.close();
    await logs.close();
    stores.close();
  }

  const plane: ControlPlane = {
    directory,
    stores,
    driver,
    folders,
    control,
    events,
    journal,
    logs: reader,
    realLogs: logs.reader,
    access: countingAccess,
    audit,
    durability,
    token,
    server,
    url: bound.url,
    port: bound.port,
    interpose,
    problems,
    // Streams that have caught up share one listener.
    streams: () => opened || listening,
    async addApp(name, behaviour = { start: 'listens' }) {
      driver.behave('*', behaviour);
      folders.put(name);
      await until(() => {
        const app = supervisor.app({ name });
        return app && ['RUNNING', 'STOPPED', 'BACKOFF', 'INVALID'].includes(app.state);
      }, `${name} runs or rests`);
    },
    print(name, lines, stream = 'STDOUT') {
      const run = supervisor.app({ name })?.run?.id;
      if (run === undefined || stream === 'SUPERVISOR')
        throw new Error(`${name} has no run that could print`);
      appendFileSync(
        join(runsDir, String(run), RUN_FILES[stream]),
        lines.map((line) => `${line}\n`).join(''),
      );
      return run;
    },
    async data<T>(query: Operation<T>, variables?: object) {
      const { data, errors } = await plane.query(query, variables);
      if (data === null || errors.length > 0) throw new Error(JSON.stringify(errors));
      return data;
    },
    async query<T>(query: Operation<T>, variables?: object, by = token) {
      const response = await fetch(`${bound.url}/graphql`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json',
          Authorization: `Bearer ${by}`,
        },
        body: JSON.stringify({ query: typeof query === 'string' ? query : print(query), variables }),
      });
      const { data = null, errors = [] } = (await response.json()) as Partial<Answer<T>>;
      return { status: response.status, data, errors };
    },
    webSocket({ retryAttempts = 0, token: by = token } = {}) {
      const client = createClient({
        url: `${bound.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${by}` },
        retryAttempts,
      });
      clients.add(client);
      return client;
    },
    async restart() {
      await close();
      return startControlPlane({ ...options, directory, driver, folders });
    },
    close,
  };
  onTestFinished(async () => {
    await close();
    driver.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return plane;
}
