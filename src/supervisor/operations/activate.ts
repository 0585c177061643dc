import type { AppFiles } from '../../contracts/discovery.ts';
import type { Logger } from '../../contracts/logger.ts';
import type { AppRecord } from '../../contracts/stores.ts';
import type { AppView } from '../../contracts/supervisor.ts';
import { type DomainError, failed, ok, type Result } from '../../core/errors.ts';
import { SUPERVISOR_ACTOR } from '../../core/events.ts';
import type { Release } from '../../core/release.ts';
import { viewOf } from '../app-view.ts';
import { type Failures, operationFailed } from '../failures.ts';
import type { Journal } from '../journal.ts';
import type { Observations } from '../observations.ts';
import type { Runner } from '../runner.ts';
import { whenStarted } from '../waiting.ts';
import type { Command, Operations } from './operations.ts';

export interface ActivateOptions {
  readonly operations: Operations;
  readonly failures: Failures;
  readonly files: AppFiles;
  readonly observations: Observations;
  readonly journal: Journal;
  readonly logger: Logger;
}

export interface Activation {
  /** Points `current` at a release and restarts; back to the release before where the new one does not become ready. */
  readonly activate: Command<AppView, [release: string]>;
  /** Goes on with an activation of a control plane that is gone, now that the app is starting again. */
  readonly resume: (runner: Runner) => void;
}

/** Why the app does not start from a release. */
type PointingFailed =
  /** `current` could not be moved. */
  | { readonly moved: false; readonly error: unknown }
  /** It was moved, and the app could not be restarted; the message says where it points now. */
  | { readonly moved: true; readonly message: string };

export function createActivation(options: ActivateOptions): Activation {
  const { operations, failures, files, observations, journal, logger } = options;

  /** Null where the app starts from there. */
  async function point(runner: Runner, release: string, actor: string): Promise<PointingFailed | null> {
    const { name, release: before } = runner.record;
    const endShield = observations.shield(name);
    try {
      await files.activate(name, release);
    } catch (error) {
      endShield();
      return { moved: false, error };
    }
    try {
      await restart(runner, actor);
      return null;
    } catch (error) {
      const message = await undone(name, { before, release, reason: failures.reasonOf(error) });
      return { moved: true, message };
    } finally {
      endShield();
    }
  }

  async function undone(
    name: string,
    { before, release, reason }: { before: string | null; release: string; reason: string },
  ): Promise<string> {
    if (before === null) return `current points at ${release}, and the app could not be restarted: ${reason}`;
    try {
      await files.activate(name, before);
      return `current points at ${before} again: ${reason}`;
    } catch (error) {
      return `current points at ${release}, and the app could not be restarted (${reason}). Going back to ${before} failed, too: ${failures.reasonOf(error)}`;
    }
  }

  /** Takes in what `current` says now, and restarts what does not run from there already. */
  async function restart(runner: Runner, actor: string): Promise<void> {
    const seen = await files.look(runner.record.name);
    if (seen) await observations.take(runner, seen, actor);
    const { phase } = runner.record.lifecycle;
    // The release that was to replace it was invalid, and did not interrupt it.
    if (phase.kind === 'READY' && phase.run.release === runner.record.release) return;
    await runner.command({ type: 'RESTART', actor, cause: 'RELEASE' }, actor);
  }

  async function goBack(runner: Runner, before: string | null, why: DomainError): Promise<Result<never>> {
    const { id, name, release, lifecycle } = runner.record;
    const { desired, hold } = lifecycle;
    // Stopped meanwhile, or held: nothing shows that the new release is to blame.
    if (before === null || desired === 'STOPPED' || hold !== null) return failed(why);
    const problem = await point(runner, before, SUPERVISOR_ACTOR);
    if (problem) {
      // The next control plane finds the intent, and goes on from there.
      if (runner.isClosed) return failed(why);
      const reason = problem.moved ? problem.message : failures.reasonOf(problem.error);
      logger.error({ app: name, reason }, 'the release before could not be activated again');
      return operationFailed(`${why.message}; going back to ${before} failed: ${reason}`);
    }
    // Whoever activated it may have an answer already: it did not wait.
    const fact = {
      type: 'ActivationFailed',
      release: release ?? '',
      previousRelease: before,
      message: why.message,
    } as const;
    journal.tell(fact, { id, name });
    return failed({ ...why, message: `${why.message}; went back to ${before}` });
  }

  async function activate(
    runner: Runner,
    release: string,
    actor: string,
    accepted: (answer: Result<AppView>) => void,
  ): Promise<Result<AppView>> {
    const { name, release: before } = runner.record;
    let releases: readonly Release[];
    try {
      releases = await files.releases(name);
    } catch (error) {
      return failures.nothingChanged(error);
    }
    if (!releases.some((found) => found.name === release)) {
      const known = releases.map((found) => found.name).join(', ') || 'none';
      const message = `${name} has no release ${release}; it has: ${known}`;
      return failed({ code: 'RELEASE_NOT_FOUND', message, path: ['release'] });
    }
    if (before === release) return ok(viewOf(runner.record));
    const intent = { operation: 'ACTIVATE', from: before, to: release } as const;
    await runner.command(null, actor, { intent });
    const problem = await point(runner, release, actor);
    if (problem) {
      runner.post(null, { intent: null });
      return problem.moved ? operationFailed(problem.message) : failures.nothingChanged(problem.error);
    }
    accepted(ok(viewOf(runner.record)));
    return proven(runner, before);
  }

  /** Waits until the release that was activated is ready, or goes back to the one before. */
  async function proven(runner: Runner, before: string | null): Promise<Result<AppView>> {
    const started: Result<AppRecord> = await whenStarted(runner, { restartEnds: false });
    // A control plane that shuts down leaves the question to the next one.
    if (runner.record.lifecycle.hold?.operation === 'SHUTDOWN')
      return started.ok ? ok(viewOf(started.value)) : started;
    const answer = started.ok ? ok(viewOf(started.value)) : await goBack(runner, before, started.error);
    runner.post(null, { intent: null });
    return answer;
  }

  return {
    activate: (ref, release, { actor, wait }) =>
      new Promise((resolve, reject) => {
        const accepted = wait ? () => undefined : resolve;
        operations
          .exclusive(ref, 'activation', (runner) => activate(runner, release, actor, accepted))
          .then(resolve, reject);
      }),
    resume(runner) {
      const { intent, id, name } = runner.record;
      if (intent?.operation !== 'ACTIVATE') return;
      operations
        .exclusive({ id }, 'activation', (resumed) => proven(resumed, intent.from))
        .then((answer) => {
          if (!answer.ok) logger.info({ app: name, release: intent.to }, answer.error.message);
        });
    },
  };
}
