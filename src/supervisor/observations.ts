import type { Clock } from '../contracts/clock.ts';
import type { AppFiles, AppObservation, DiscoveryObserver } from '../contracts/discovery.ts';
import type { Driver } from '../contracts/driver.ts';
import type { Logger } from '../contracts/logger.ts';
import type { AppRecord, AppStore } from '../contracts/stores.ts';
import { nameProblem } from '../core/app.ts';
import { isSameFile } from '../core/file-identity.ts';
import { NEW_LIFECYCLE } from '../core/lifecycle.ts';
import type { Manifest } from '../core/manifest.ts';
import type { Registry } from './registry.ts';
import type { RecordPatch, Runner } from './runner.ts';

/** Takes in what discovery tells, in its order; a directory that was moved is a rename (docs/behavior.md B-22). */
export interface Observations extends DiscoveryObserver {
  /** Takes in one look now, past the queue: after a command has changed the app's files. */
  take(runner: Runner, observation: AppObservation, actor: string): Promise<void>;
  /** Resolves when all that was told is taken in. */
  drained(): Promise<void>;
  /** The first look is taken in: what it did not see is gone, and a new app's first run is not one of the boot. */
  bootDone(): void;
  /** While a command moves a directory, what is seen of these names is its own doing. Ends by calling the answer. */
  shield(...names: string[]): () => void;
  /** Null while APPS_DIR can be read. */
  appsDirProblem(): string | null;
  /** Nothing is tried again any more. */
  close(): void;
}

/** How long until an app is looked at again that could not be taken in, in milliseconds. */
const RETRY_AFTER = 5_000;

export function createObservations(options: {
  readonly registry: Registry;
  readonly apps: AppStore;
  readonly files: AppFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly boot: Driver['boot'];
  readonly createRunner: (record: AppRecord) => Runner;
  /** Drops what is kept of a gone app, whose name another one takes. */
  readonly dropGone: (runner: Runner) => Promise<void>;
}): Observations {
  const { registry, files, clock, logger } = options;
  /** Names that are not looked at now, and whether something was seen of them meanwhile. */
  const shielded = new Map<string, { missed: boolean }>();
  const seenSinceBoot = new Set<number>();
  /** Apps that were not there when APPS_DIR itself was not: nobody knows of them. */
  const unknown = new Set<Runner>();
  /** What could not be taken in, and how to give up trying again. */
  const retries = new Map<string, () => void>();
  let booting = true;
  let closed = false;
  let problem: string | null = null;
  let last: Promise<void> = Promise.resolve();

  function queue(name: string, work: () => Promise<void> | void): void {
    last = last.then(work).then(
      () => forgetRetry(name),
      (err) => {
        if (!retries.has(name))
          logger.error(
            { err, app: name },
            'what was seen of an app could not be taken in; it is looked at again',
          );
        retryLater(name);
      },
    );
  }

  /** Discovery tells only what differs: nobody else would look again. */
  function retryLater(name: string): void {
    forgetRetry(name);
    if (closed) return;
    retries.set(
      name,
      clock.after(RETRY_AFTER, () => queue(name, () => lookAgain(name))),
    );
  }

  function forgetRetry(name: string): void {
    retries.get(name)?.();
    retries.delete(name);
  }

  async function seen(observation: AppObservation): Promise<void> {
    const shield = shielded.get(observation.name);
    if (shield) {
      shield.missed = true;
      return;
    }
    const moved = await movedFrom(observation);
    const runner = moved ?? registry.named(observation.name) ?? add(observation);
    const { id, lifecycle } = runner.record;
    unknown.delete(runner);
    runner.post(observed(runner.record, observation), patchOf(runner.record, observation));
    if (seenSinceBoot.has(id)) return;
    seenSinceBoot.add(id);
    // What was gone or invalid is taken up by being seen; everything else waits for the boot.
    const { phase } = lifecycle;
    const rebooted = phase.kind === 'EXITED' && !options.boot.isThis(phase.boot);
    if (phase.kind !== 'GONE' && phase.kind !== 'INVALID') runner.post({ type: 'BOOT', rebooted });
  }

  /** The app whose directory this is, under the name that it had; it has the new one afterwards. */
  async function movedFrom({ name, identity, directory }: AppObservation): Promise<Runner | null> {
    const namesake = registry.named(name);
    // Who moves its directory to a name that is no app's takes the app away; who moves it back brings it back.
    if (nameProblem(name) !== null || namesake?.record.identity === identity) return null;
    const owner = registry
      .all()
      .find(
        ({ record }) => record.identity === identity && record.name !== name && !shielded.has(record.name),
      );
    if (!owner || (await files.exists(owner.record.name))) return null;
    if (namesake) {
      if (namesake.record.lifecycle.phase.kind !== 'GONE') return null;
      await options.dropGone(namesake);
    }
    owner.post(null, { name, ...(directory === null ? {} : { directory }) });
    return owner;
  }

  function add({ name, identity }: AppObservation): Runner {
    const record = options.apps.insert({
      name,
      identity,
      createdAt: clock.now(),
      revision: 0,
      missingSince: null,
      manifest: null,
      release: null,
      directory: null,
      directoryIdentity: null,
      lifecycle: NEW_LIFECYCLE,
      intent: null,
      granted: null,
    });
    const runner = options.createRunner(record);
    registry.add(runner);
    return runner;
  }

  function observed(record: AppRecord, observation: AppObservation) {
    const { manifest } = observation;
    return {
      type: 'OBSERVED',
      invalid: manifest.ok ? null : manifest.error,
      releaseChanged: isAnotherDirectory(record, observation),
      cause: booting ? 'BOOT' : 'MANIFEST',
    } as const;
  }

  async function lookAgain(name: string): Promise<void> {
    const found = await files.look(name);
    if (found) await seen(found);
    else notThere(name);
  }

  function notThere(name: string): void {
    const shield = shielded.get(name);
    const runner = registry.named(name);
    if (shield) shield.missed = true;
    else if (runner) gone(runner);
  }

  /** Its directory is not there; while APPS_DIR is not either, that says nothing (docs/behavior.md A20). */
  function gone(runner: Runner): void {
    if (problem !== null) return doubt(runner);
    unknown.delete(runner);
    runner.post({ type: 'DIRECTORY_GONE' }, { missingSince: clock.now() });
  }

  function doubt(runner: Runner): void {
    unknown.add(runner);
    runner.post({ type: 'DIRECTORY_UNKNOWN' }, { missingSince: null });
  }

  /** Not there, and not long enough to be given up. */
  function isGoing({ record: { missingSince, lifecycle } }: Runner): boolean {
    return missingSince !== null && lifecycle.present;
  }

  return {
    seen: (observation) => queue(observation.name, () => seen(observation)),
    gone: (name) => queue(name, () => notThere(name)),
    appsDir(status) {
      queue('', () => {
        problem = status.ok ? null : status.error;
        if (status.ok) for (const runner of [...unknown]) gone(runner);
        else for (const runner of registry.all()) if (isGoing(runner)) doubt(runner);
      });
    },
    take: (runner, observation, actor) =>
      runner.command(observed(runner.record, observation), actor, patchOf(runner.record, observation)),
    async drained() {
      for (let seenLast: Promise<void> | null = null; seenLast !== last; ) {
        seenLast = last;
        await seenLast;
      }
    },
    bootDone() {
      booting = false;
      for (const runner of registry.all()) {
        if (!seenSinceBoot.has(runner.record.id) && runner.record.lifecycle.present) gone(runner);
      }
    },
    shield(...names) {
      for (const name of names) shielded.set(name, { missed: false });
      return () => {
        // What was seen of the old name may be so under the new one.
        const missed = names.some((name) => shielded.get(name)?.missed);
        for (const name of names) {
          shielded.delete(name);
          if (missed) queue(name, () => lookAgain(name));
        }
      };
    },
    appsDirProblem: () => problem,
    close() {
      closed = true;
      for (const name of [...retries.keys()]) forgetRetry(name);
    },
  };
}

/** By identity: a path may lead to another directory than before, and a directory have another path. */
function isAnotherDirectory(before: AppRecord, now: AppObservation): boolean {
  if (before.directory === null) return false;
  if (before.directoryIdentity === null || now.directoryIdentity === null)
    return before.directory !== now.directory;
  return !isSameFile(before.directoryIdentity, now.directoryIdentity);
}

function patchOf(before: AppRecord, observation: AppObservation): RecordPatch {
  const { identity, manifest, release, directory, directoryIdentity, lostTarget } = observation;
  return {
    identity,
    release,
    missingSince: null,
    // An app whose manifest has become invalid keeps its icon; what runs runs in the directory of the last valid look.
    ...(manifest.ok ? { manifest: manifest.manifest, directory, directoryIdentity } : {}),
    ...(lostTarget !== null && before.manifest ? { manifest: withLost(before.manifest, lostTarget) } : {}),
  };
}

/** The error says no more than that package.json is missing: the warning names what was removed. */
function withLost(manifest: Manifest, target: string): Manifest {
  const warning = `current leads to ${target}, which is not there: it was removed under the app. Point current to another release`;
  return { ...manifest, warnings: [warning] };
}
