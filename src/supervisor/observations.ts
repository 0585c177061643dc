import type { Clock } from '../contracts/clock.ts';
import type { AppFiles, AppObservation, AppsDirStatus, DiscoveryObserver } from '../contracts/discovery.ts';
import type { Driver } from '../contracts/driver.ts';
import type { Logger } from '../contracts/logger.ts';
import { type AppId, nameProblem } from '../core/app.ts';
import type { AppRunners } from './app-runners.ts';
import { observedEvent, observedPatch } from './observed.ts';
import type { Registry } from './registry.ts';
import type { Runner } from './runner.ts';

/** How long until it looks again at an app whose observation failed, in milliseconds. */
const RETRY_AFTER = 5_000;

interface ObservationsParts {
  readonly registry: Registry;
  readonly runners: AppRunners;
  readonly files: AppFiles;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly boot: Driver['boot'];
}

/**
 * Applies what discovery reports to the apps, in the order of the reports. A directory that was moved is a rename
 * (docs/behavior.md B-22).
 */
export class Observations implements DiscoveryObserver {
  private readonly parts: ObservationsParts;
  /** Names that an operation changes now, and whether a report about them was passed over meanwhile. */
  private readonly shielded = new Map<string, { missed: boolean }>();
  private readonly seenSinceBoot = new Set<AppId>();
  /** Apps whose directory was not there while APPS_DIR itself was not: it is not known whether they are gone. */
  private readonly unknown = new Set<Runner>();
  /** The names that are looked at again, and what cancels that. */
  private readonly retries = new Map<string, () => void>();
  private booting = true;
  private closed = false;
  private problem: string | null = null;
  private last: Promise<void> = Promise.resolve();

  constructor(parts: ObservationsParts) {
    this.parts = parts;
  }

  seen(observation: AppObservation): void {
    this.queue(observation.name, () => this.apply(observation));
  }

  gone(name: string): void {
    this.queue(name, () => this.notThere(name));
  }

  appsDir(status: AppsDirStatus): void {
    this.queue('', () => {
      this.problem = status.ok ? null : status.error;
      if (status.ok) for (const runner of [...this.unknown]) this.directoryGone(runner);
      else for (const runner of this.parts.registry.all()) if (isGoing(runner)) this.directoryUnknown(runner);
    });
  }

  /**
   * Applies one look at once, past the queue, after an operation has changed the app's files.
   * @throws NotCommitted
   */
  take(runner: Runner, observation: AppObservation, actor: string): Promise<void> {
    const event = observedEvent(runner.record, observation, this.cause);
    return runner.command(event, actor, observedPatch(runner.record, observation));
  }

  /** Resolves when all reports so far are applied. */
  async drained(): Promise<void> {
    for (let seenLast: Promise<void> | null = null; seenLast !== this.last; ) {
      seenLast = this.last;
      await seenLast;
    }
  }

  /**
   * The first look is applied: an app that it did not see is gone, and later starts of new apps are not due to the
   * boot.
   */
  bootDone(): void {
    this.booting = false;
    for (const runner of this.parts.registry.all())
      if (!this.seenSinceBoot.has(runner.record.id) && runner.record.lifecycle.present)
        this.directoryGone(runner);
  }

  /** While an operation changes these directories, reports about them are passed over. Ends by calling the answer. */
  shield(...names: string[]): () => void {
    for (const name of names) this.shielded.set(name, { missed: false });
    return () => {
      // A report about the old name may hold for the new one.
      const missed = names.some((name) => this.shielded.get(name)?.missed);
      for (const name of names) {
        this.shielded.delete(name);
        if (missed) this.queue(name, () => this.lookAgain(name));
      }
    };
  }

  /** Why APPS_DIR cannot be read, a sentence; null while it can. */
  appsDirProblem(): string | null {
    return this.problem;
  }

  /** Cancels all retries. */
  close(): void {
    this.closed = true;
    for (const name of [...this.retries.keys()]) this.cancelRetry(name);
  }

  private get cause(): 'BOOT' | 'MANIFEST' {
    return this.booting ? 'BOOT' : 'MANIFEST';
  }

  private queue(name: string, work: () => Promise<void> | void): void {
    this.last = this.last.then(work).then(
      () => this.cancelRetry(name),
      (err) => {
        if (!this.retries.has(name))
          this.parts.logger.error(
            { err, app: name },
            'an observation of an app could not be applied; it is tried again',
          );
        this.retryLater(name);
      },
    );
  }

  /** Discovery reports only differences, so it would not report this one again. */
  private retryLater(name: string): void {
    this.cancelRetry(name);
    if (this.closed) return;
    const retry = () => this.queue(name, () => this.lookAgain(name));
    this.retries.set(name, this.parts.clock.after(RETRY_AFTER, retry));
  }

  private cancelRetry(name: string): void {
    this.retries.get(name)?.();
    this.retries.delete(name);
  }

  private async apply(observation: AppObservation): Promise<void> {
    const shield = this.shielded.get(observation.name);
    if (shield) {
      shield.missed = true;
      return;
    }
    const { registry, runners, boot } = this.parts;
    const moved = await this.movedFrom(observation);
    const runner = moved ?? registry.named(observation.name) ?? runners.add(observation);
    const { id, lifecycle } = runner.record;
    this.unknown.delete(runner);
    const event = observedEvent(runner.record, observation, this.cause);
    runner.post(event, observedPatch(runner.record, observation));
    if (this.seenSinceBoot.has(id)) return;
    this.seenSinceBoot.add(id);
    // An app that was gone or invalid starts because it was seen; every other one waits for BOOT.
    const { phase } = lifecycle;
    const rebooted = phase.kind === 'EXITED' && !boot.isThis(phase.boot);
    if (phase.kind !== 'GONE' && phase.kind !== 'INVALID') runner.post({ type: 'BOOT', rebooted });
  }

  /** The app whose directory this is, under the name that it had. It has the new name afterwards. */
  private async movedFrom({ name, identity, directory }: AppObservation): Promise<Runner | null> {
    const { registry, runners, files } = this.parts;
    const namesake = registry.named(name);
    // A directory with a name that no app can have is no app; moved back, it is the app that it was.
    if (nameProblem(name) !== null || namesake?.record.identity === identity) return null;
    const owner = registry
      .all()
      .find(
        ({ record }) =>
          record.identity === identity && record.name !== name && !this.shielded.has(record.name),
      );
    if (!owner || (await files.exists(owner.record.name))) return null;
    if (namesake) {
      if (namesake.record.lifecycle.phase.kind !== 'GONE') return null;
      await runners.drop(namesake);
    }
    owner.post(null, { name, ...(directory === null ? {} : { directory }) });
    return owner;
  }

  private async lookAgain(name: string): Promise<void> {
    const found = await this.parts.files.look(name);
    if (found) await this.apply(found);
    else this.notThere(name);
  }

  private notThere(name: string): void {
    const shield = this.shielded.get(name);
    const runner = this.parts.registry.named(name);
    if (shield) shield.missed = true;
    else if (runner) this.directoryGone(runner);
  }

  /** A missing directory says nothing about the app while APPS_DIR is missing, too (docs/behavior.md A20). */
  private directoryGone(runner: Runner): void {
    if (this.problem !== null) return this.directoryUnknown(runner);
    this.unknown.delete(runner);
    runner.post({ type: 'DIRECTORY_GONE' }, { missingSince: this.parts.clock.now() });
  }

  private directoryUnknown(runner: Runner): void {
    this.unknown.add(runner);
    runner.post({ type: 'DIRECTORY_UNKNOWN' }, { missingSince: null });
  }
}

/** Its directory is missing, but not for long enough to give the app up. */
function isGoing({ record: { missingSince, lifecycle } }: Runner): boolean {
  return missingSince !== null && lifecycle.present;
}
