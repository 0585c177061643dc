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
import { createAccess, createAuditLog, createSteadyTime, firstToken, startUpkeep } from './access/index.ts';
import type { Config } from './config.ts';
import type { Clock } from './contracts/clock.ts';
import type { Logger } from './contracts/logger.ts';
import { reasonOf } from './core/errors.ts';
import { createAppFiles } from './discovery/app-files.ts';
import { createDiscovery } from './discovery/index.ts';
import { createLocalDriver } from './drivers/local/index.ts';
import { createPortProbe } from './drivers/local/port-probe.ts';
import { createProber } from './drivers/local/prober.ts';
import { createSystemClock } from './drivers/system-clock.ts';
import { findAppUser } from './host/app-user.ts';
import { prepareStateDirectory } from './host/state-directory.ts';
import { createLogs } from './logs/index.ts';
import { createServer } from './server/index.ts';
import { createSupervisor } from './supervisor/index.ts';

/** The server cannot start: the message is for the person who started it, and nothing was touched. */
export class StartFailure extends Error {
  override readonly name = 'StartFailure';
}

/** The whole server, built and bound to its port; no app is touched before `start`. */
export interface ControlPlane {
  readonly url: string;
  /** Made at each start; `/healthz` answers with it. */
  readonly instanceId: string;
  /**
   * A new URL that logs a browser in, once and within 10 minutes, as whoever has the first token. Null where that
   * is worth nothing any more, or nobody is asked for a token.
   */
  loginUrl(): string | null;
  /** Recovers, discovers and starts the apps; resolves when the server is ready. */
  start(): Promise<void>;
  /** `clean` is false where an app had to be killed. With `detach` the apps run on. */
  shutdown(options: { readonly detach: boolean }): Promise<{ readonly clean: boolean }>;
  /** SIGKILL to every app, during a shutdown that takes too long for somebody. */
  force(): void;
}

export interface ComposeOptions {
  /** Takes the lines for standard error. */
  readonly print: (line: string) => void;
  /** The machine's own where it is not given. */
  readonly clock?: Clock;
}

/**
 * Builds the parts and joins them: the only place that knows them all. The state directory is locked and
 * the port bound when it resolves.
 * @throws StartFailure
 */
export async function compose(
  config: Config,
  { print, clock = createSystemClock() }: ComposeOptions,
): Promise<ControlPlane> {
  const { version, appsDir, stateDir, times } = config;
  const logger: Logger = pino({ base: null }, { write: (line: string) => print(line.trimEnd()) });
  const warn = (message: string) => logger.warn({}, message);
  const runsDir = join(stateDir, 'runs');
  const instanceId = randomUUID();
  const appUser = findAppUser(config.appUser, [stateDir, config.tokenFile]);
  if (!appUser.ok) throw new StartFailure(appUser.message);
  const { lock, stores, told } = openState(stateDir, runsDir, {
    now: clock.now,
    durabilityChanged: (problem) => warn(problem ?? 'The disk has confirmed all that was committed'),
  });

  const portProbe = createPortProbe();
  const server = createServer({
    ...{ version, host: config.host, port: config.port, instance: instanceId, clock, log: logger },
    socket: config.socket,
    ...{ auth: config.auth, allowedHosts: config.allowedHosts, allowedOrigins: config.allowedOrigins },
    holderOf: async (port) => (await portProbe.holders([port])).get(port) ?? null,
  });
  const bound = await server.listen();
  if (!bound.ok) {
    stores.close();
    lock.release();
    throw new StartFailure(bound.message);
  }
  const time = createSteadyTime(clock, stores.time);
  const first = await firstToken({ store: stores.tokens, file: config.tokenFile, now: time.latest() });
  if (!first.ok) {
    await server.close();
    stores.close();
    lock.release();
    throw new StartFailure(first.message);
  }
  // For the person who starts it, as config's own.
  for (const text of [...told, ...first.warnings, appUser.warning ?? []].flat()) print(`toehold: ${text}`);

  const markPrefix = markPrefixOf(stores.meta.databaseId, stateDir);
  const logs = createLogs({
    ...{ marks: stores.marks, runsDir, clock, earliest: time.earliest, console: print, problem: warn },
    runs: stores.runs,
    retention: {
      bytesPerApp: config.logRetention,
      maxAge: config.logMaxAge,
      endedRuns: config.runRetention,
    },
    lowDisk: (free) => control.diskChanged(free),
    endOfEpoch: (epoch) => stores.meta.lastMarkOfEpoch(epoch),
    runInfo: (id) => {
      const run = stores.runs.get(id);
      return run && { app: run.app, appName: control.supervisor.appById(run.app)?.name ?? `app ${run.app}` };
    },
  });
  const driver = createLocalDriver({
    ...{ runsDir, clock, markPrefix, installs: stores.installs },
    hostEnvironment: config.environment,
    controlPlaneVariables: config.ownVariables,
    ...{ appUser: appUser.user, passEnv: config.passEnv, allowOutside: config.allowOutside },
    installSlots: availableParallelism(),
  });
  const { allowOutside } = config;
  const { user } = appUser;
  const { access, runTokens, ...accessLife } = createAccess({
    ...{ store: stores.tokens, clock, time, logger, sessionIdle: config.sessionIdle },
    runIsLive: (run) => control.runIsLive(run),
  });
  const audit = createAuditLog({ store: stores.audit, clock, logger });
  const control = createSupervisor({
    ...{
      version,
      appsDir,
      range: config.ports,
      times,
      markPrefix,
      stores,
      driver,
      clock,
      chance: Math.random,
      time,
      logger,
      portProbe,
      runTokens,
      appApi: config.appApi,
    },
    eventRetention: config.eventRetention,
    server: { port: () => bound.port, url: () => bound.urlForApps },
    logs: logs.runLogs,
    discovery: createDiscovery({ appsDir, allowOutside, user, clock, times, warn }),
    files: createAppFiles({ appsDir, allowOutside, user, clock, earliest: time.earliest, warn }),
    prober: createProber(),
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
    async start() {
      await control.start();
      const { supervisor, events } = control;
      const { durability } = stores;
      const readiness = {
        problems: () => [
          ...control.readiness.problems(),
          ...logs.problems(),
          ...[durability.problem() ?? []].flat(),
        ],
        appsDown: control.readiness.appsDown,
      };
      endUpkeep = startUpkeep({
        ...{ tokens: stores.tokens, audit: stores.audit, clock, time, logger },
        auditRetention: config.auditRetention,
        liveRuns: () => stores.runs.live().map(({ id }) => id),
        keep: first.id === null ? [] : [first.id],
      });
      server.serve({ supervisor, events, readiness, access, audit, durability, logs: logs.reader });
    },
    async shutdown({ detach }) {
      const { clean } = await control.shutdown(detach);
      endUpkeep();
      await server.close();
      accessLife.close();
      stores.close();
      lock.release();
      return { clean };
    },
    force: control.force,
  };
}

/** @throws StartFailure where the directory is not to be trusted, another control plane has it, or the database cannot be used. */
function openState(
  stateDir: string,
  runsDir: string,
  options: Parameters<typeof openStores>[1],
): { readonly lock: StateDirectoryLock; readonly stores: Stores; readonly told: readonly string[] } {
  let lock: StateDirectoryLock | null = null;
  try {
    const prepared = prepareStateDirectory(stateDir);
    if (!prepared.ok) throw new StartFailure(prepared.message);
    lock = lockStateDirectory(stateDir);
    mkdirSync(runsDir, { recursive: true, mode: 0o700 });
    return { lock, stores: openStores(join(stateDir, 'toehold.db'), options), told: prepared.told };
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

/** Of this database in this very directory: a copy of it elsewhere must not take this one's processes for its own. */
function markPrefixOf(databaseId: string, stateDir: string): string {
  const { dev, ino } = statSync(stateDir);
  return createHash('sha256').update(`${databaseId}:${dev}:${ino}`).digest('hex').slice(0, 12);
}
