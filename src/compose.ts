import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import {
  DatabaseError,
  lockStateDirectory,
  openStores,
  type StateDirectoryLock,
  StateDirectoryLockedError,
  type Stores,
} from '../db/index.ts';
import { appUrl } from '../schema/apps/url.ts';
import { createAccess, createAuditLog, createSteadyTime, firstToken, startUpkeep } from './access/index.ts';
import type { Config } from './config.ts';
import type { Clock } from './contracts/clock.ts';
import type { Logger } from './contracts/logger.ts';
import type { AppView, EventReader, Supervisor } from './contracts/supervisor.ts';
import { reasonOf } from './core/errors.ts';
import { AppDirectories, AppDiscovery } from './discovery/index.ts';
import { createLocalDriver } from './drivers/local/index.ts';
import { createPortProbe } from './drivers/local/port-probe.ts';
import { createProber } from './drivers/local/prober.ts';
import { createSystemClock } from './drivers/system-clock.ts';
import { findAppUser } from './host/app-user.ts';
import { ownCommand } from './host/own-command.ts';
import { prepareStateDirectory } from './host/state-directory.ts';
import { Logs } from './logs/index.ts';
import { createServer } from './server/index.ts';
import { createSupervisor, Journal, Registry } from './supervisor/index.ts';

/** The server cannot start. The message is for the person who started it; nothing was changed. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}

/** The whole server, built and bound to its port. No app is touched before `start`. */
export interface ControlPlane {
  readonly url: string;
  /** Made at each start; `/healthz` answers with it. */
  readonly instanceId: string;
  /**
   * A new URL that logs a browser in with the role of the first token, once and within 10 minutes. Null where that
   * token was revoked or has expired, or the server asks for no token.
   */
  loginUrl(): string | null;
  readonly supervisor: Supervisor;
  readonly events: EventReader;
  /** The URL at which a person on this machine opens an app; null where it serves nothing now. */
  appUrl(app: AppView): string | null;
  /** Recovers, discovers and starts the apps. Resolves when the server is ready. */
  start(): Promise<void>;
  /** With `detach` the apps run on. `clean` is false where an app had to be killed. */
  shutdown(options: { readonly detach: boolean }): Promise<{ readonly clean: boolean }>;
  /** Sends SIGKILL to every app during a shutdown that takes too long. */
  force(): void;
}

export interface ComposeOptions {
  /** Takes the lines for standard error. */
  readonly print: (line: string) => void;
  /** The machine's own where it is left out. */
  readonly clock?: Clock;
}

/**
 * Builds the parts, each from those before it: this is the only place that knows them all. When it resolves, the
 * state directory is locked and the port is bound.
 * @throws StartFailure
 */
export async function compose(
  config: Config,
  { print, clock = createSystemClock() }: ComposeOptions,
): Promise<ControlPlane> {
  const { version, appsDir, stateDir, times, allowOutside } = config;
  const logger: Logger = pino({ base: null }, { write: (line: string) => print(line.trimEnd()) });
  const warn = (message: string) => logger.warn({}, message);
  const instanceId = randomUUID();
  const runsDir = join(stateDir, 'runs');

  const appUser = findAppUser(config.appUser, [stateDir, config.tokenFile]);
  if (!appUser.ok) throw new StartFailure(appUser.message);
  const { user } = appUser;
  const { stores, changes, closeState } = openState(stateDir, runsDir, {
    now: clock.now,
    durabilityChanged: (problem) => warn(problem ?? 'The disk has confirmed all that was committed'),
  });

  const portProbe = createPortProbe();
  const command = ownCommand(config.environment.PATH);
  const server = createServer({
    ...{ version, host: config.host, port: config.port, instance: instanceId, clock, log: logger },
    socket: config.socket,
    command,
    ...{ auth: config.auth, allowedHosts: config.allowedHosts, allowedOrigins: config.allowedOrigins },
    holderOf: async (port) => (await portProbe.holders([port])).get(port) ?? null,
  });
  const bound = await server.listen();
  if (!bound.ok) {
    closeState();
    throw new StartFailure(bound.message);
  }
  const time = createSteadyTime(clock, stores.time);
  const first = await firstToken({
    store: stores.tokens,
    file: config.tokenFile,
    now: time.latest(),
    command,
  });
  if (!first.ok) {
    await server.close();
    closeState();
    throw new StartFailure(first.message);
  }
  for (const text of [...changes, ...first.warnings, appUser.warning ?? []].flat()) print(`toehold: ${text}`);

  const registry = new Registry();
  const journal = new Journal({ ...stores, transactions: stores, clock, logger });
  const logs = new Logs({
    ...{ marks: stores.marks, runsDir, clock, earliest: time.earliest, console: print, problem: warn },
    runs: stores.runs,
    retention: {
      bytesPerApp: config.logRetention,
      maxAge: config.logMaxAge,
      endedRuns: config.runRetention,
    },
    lowDisk: (freeBytes) =>
      journal.record(freeBytes === null ? { type: 'DiskRecovered' } : { type: 'DiskLow', freeBytes }),
    endOfEpoch: (epoch) => stores.meta.lastMarkOfEpoch(epoch),
    runInfo(id) {
      const run = stores.runs.get(id);
      return run && { app: run.app, appName: registry.withId(run.app)?.record.name ?? `app ${run.app}` };
    },
  });
  const markPrefix = markPrefixOf(stores.meta.databaseId, stateDir);
  const driver = createLocalDriver({
    ...{ runsDir, clock, markPrefix, installs: stores.installs },
    hostEnvironment: config.environment,
    controlPlaneVariables: config.ownVariables,
    ...{ appUser: user, passEnv: config.passEnv, allowOutside },
    installSlots: availableParallelism(),
  });
  const { access, runTokens, ...accessLife } = createAccess({
    ...{ store: stores.tokens, clock, time, logger, sessionIdle: config.sessionIdle },
    runIsLive: (run) => registry.ofRun(run) !== null,
  });
  const audit = createAuditLog({ store: stores.audit, clock, logger });
  const control = createSupervisor({
    ...{ version, appsDir, range: config.ports, times, eventRetention: config.eventRetention },
    ...{ markPrefix, appApi: config.appApi, server: { port: bound.port, url: bound.urlForApps } },
    ...{ stores, registry, journal, logs: logs.runLogs, driver, runTokens, portProbe },
    discovery: new AppDiscovery({
      ...{ appsDir, allowOutside, user, clock, times, warn },
      notice: (text) => print(`toehold: ${text}`),
      command,
    }),
    files: new AppDirectories({ appsDir, allowOutside, user, clock, earliest: time.earliest, warn }),
    prober: createProber(),
    ...{ clock, time, logger, chance: Math.random },
  });

  let endUpkeep = () => {};

  return {
    url: bound.url,
    instanceId,
    loginUrl() {
      const viewer = config.auth && first.text !== null ? access.authenticate(first.text) : null;
      const link = viewer && access.createLink(viewer, viewer.role);
      return link && `${bound.url}/login?once=${link.secret}`;
    },
    supervisor: control.supervisor,
    events: journal,
    appUrl({ state, run, address }) {
      const port = state === 'RUNNING' ? run?.port : null;
      return port == null ? null : appUrl(new URL(bound.url).hostname, port, address);
    },
    async start() {
      await control.start();
      endUpkeep = startUpkeep({
        ...{ tokens: stores.tokens, audit: stores.audit, clock, time, logger },
        auditRetention: config.auditRetention,
        liveRuns: () => stores.runs.live().map(({ id }) => id),
        keep: first.id === null ? [] : [first.id],
      });
      const { durability } = stores;
      const readiness = {
        problems: () => [
          ...control.readiness.problems(),
          ...logs.problems(),
          ...[durability.problem() ?? []].flat(),
        ],
        appsDown: control.readiness.appsDown,
      };
      const { supervisor } = control;
      server.serve({ supervisor, events: journal, readiness, access, audit, durability, logs: logs.reader });
    },
    async shutdown({ detach }) {
      const { clean } = await control.shutdown(detach);
      endUpkeep();
      await server.close();
      accessLife.close();
      closeState();
      return { clean };
    },
    force: () => control.force(),
  };
}

/** The state directory, which no other control plane uses now. */
interface State {
  readonly stores: Stores;
  /** What was changed in the directory: sentences for the person who starts the server. */
  readonly changes: readonly string[];
  /** Closes the database, then unlocks the directory. */
  closeState(): void;
}

/** @throws StartFailure where the directory is not safe, another control plane has it, or the database cannot be used */
function openState(stateDir: string, runsDir: string, options: Parameters<typeof openStores>[1]): State {
  let lock: StateDirectoryLock | null = null;
  try {
    const prepared = prepareStateDirectory(stateDir);
    if (!prepared.ok) throw new StartFailure(prepared.message);
    const held = lockStateDirectory(stateDir);
    lock = held;
    mkdirSync(runsDir, { recursive: true, mode: 0o700 });
    const stores = openStores(join(stateDir, 'toehold.db'), options);
    const closeState = () => {
      stores.close();
      held.release();
    };
    return { stores, changes: prepared.changes, closeState };
  } catch (error) {
    lock?.release();
    if (error instanceof StateDirectoryLockedError || error instanceof DatabaseError) {
      throw new StartFailure(error.message);
    }
    if (error instanceof Error && 'syscall' in error) {
      throw new StartFailure(
        `${stateDir} cannot be used (${reasonOf(error)}): set DATA_DIR to another directory`,
      );
    }
    throw error;
  }
}

/** Of this database in this directory: a copy of it elsewhere must not take this one's processes for its own. */
function markPrefixOf(databaseId: string, stateDir: string): string {
  const { dev, ino } = statSync(stateDir);
  return createHash('sha256').update(`${databaseId}:${dev}:${ino}`).digest('hex').slice(0, 12);
}
