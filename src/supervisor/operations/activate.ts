import type { AppRef, AppView, CommandOptions } from '../../contracts/supervisor.ts';
import { type DomainError, failed, ok, type Result } from '../../core/errors.ts';
import { SUPERVISOR_ACTOR } from '../../core/events.ts';
import type { Intent } from '../../core/intent.ts';
import type { Release } from '../../core/release.ts';
import { viewOf } from '../app-view.ts';
import { operationFailed } from '../failures.ts';
import type { Runner } from '../runner.ts';
import { whenStarted } from '../waiting.ts';
import type { OperationParts } from './operations.ts';

/** Why an app does not start from a release. */
type PointingFailed =
  /** `current` could not be moved. */
  | { readonly moved: false; readonly error: unknown }
  /** It was moved, and the app could not be restarted. The message says where it points now. */
  | { readonly moved: true; readonly message: string };

/**
 * Points `current` at a release and restarts the app; goes back to the release before where the new one does not
 * become ready.
 */
export class Activation {
  private readonly parts: OperationParts;

  constructor(parts: OperationParts) {
    this.parts = parts;
  }

  /** Without `wait`, the answer comes when the restart is committed; going back is then reported by an event. */
  activate(ref: AppRef, release: string, { actor, wait }: CommandOptions): Promise<Result<AppView>> {
    return new Promise((resolve, reject) => {
      const accepted = wait ? () => undefined : resolve;
      this.parts.operations
        .runExclusive(ref, 'activation', (runner) => this.pointAndProve(runner, release, actor, accepted))
        .then(resolve, reject);
    });
  }

  /** Whether `current` already points at the release of an activation that a kill interrupted: then `resume` goes on. */
  async isPointed({ record }: Runner, { to }: Extract<Intent, { operation: 'ACTIVATE' }>): Promise<boolean> {
    const { files } = this.parts;
    await files.removeStrays(record.name);
    return (await files.look(record.name))?.release === to;
  }

  /** Goes on with an activation of an earlier control plane, once its app is starting again. */
  resume(runner: Runner): void {
    const { operations, logger } = this.parts;
    const { intent, id, name } = runner.record;
    if (intent?.operation !== 'ACTIVATE') return;
    operations
      .runExclusive({ id }, 'activation', (resumed) => this.prove(resumed, intent.from))
      .then((answer) => {
        if (!answer.ok) logger.info({ app: name, release: intent.to }, answer.error.message);
      });
  }

  private async pointAndProve(
    runner: Runner,
    release: string,
    actor: string,
    accepted: (answer: Result<AppView>) => void,
  ): Promise<Result<AppView>> {
    const { files, failures } = this.parts;
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
    const problem = await this.point(runner, release, actor);
    if (problem) {
      runner.post(null, { intent: null });
      return problem.moved ? operationFailed(problem.message) : failures.nothingChanged(problem.error);
    }
    accepted(ok(viewOf(runner.record)));
    return this.prove(runner, before);
  }

  /** Waits until the release that was activated is ready, or goes back to the one before. */
  private async prove(runner: Runner, before: string | null): Promise<Result<AppView>> {
    const started = await whenStarted(runner, { restartEnds: false });
    // The intent stays: the next control plane resumes the activation.
    if (runner.record.lifecycle.hold?.operation === 'SHUTDOWN')
      return started.ok ? ok(viewOf(started.value)) : started;
    const answer = started.ok ? ok(viewOf(started.value)) : await this.goBack(runner, before, started.error);
    runner.post(null, { intent: null });
    return answer;
  }

  private async goBack(runner: Runner, before: string | null, why: DomainError): Promise<Result<never>> {
    const { failures, logger, journal } = this.parts;
    const { id, name, release, lifecycle } = runner.record;
    const { desired, hold } = lifecycle;
    // An app that was stopped or held meanwhile does not show that the new release is to blame.
    if (before === null || desired === 'STOPPED' || hold !== null) return failed(why);
    const problem = await this.point(runner, before, SUPERVISOR_ACTOR);
    if (problem) {
      // The intent stays: the next control plane resumes the activation.
      if (runner.isClosed) return failed(why);
      const reason = problem.moved ? problem.message : failures.reasonOf(problem.error);
      logger.error(
        { app: name, reason },
        'an activation failed, and the release before could not be activated again',
      );
      return operationFailed(`${why.message}; going back to ${before} failed: ${reason}`);
    }
    // A client that did not wait has its answer already: the event says why it went back.
    const fact = {
      type: 'ActivationFailed',
      release: release ?? '',
      previousRelease: before,
      message: why.message,
    } as const;
    journal.record(fact, { id, name });
    return failed({ ...why, message: `${why.message}; went back to ${before}` });
  }

  /** Moves `current` and restarts the app from there. Null where it starts. */
  private async point(runner: Runner, release: string, actor: string): Promise<PointingFailed | null> {
    const { files, observations, failures } = this.parts;
    const { name, release: before } = runner.record;
    const endShield = observations.shield(name);
    try {
      try {
        await files.activate(name, release);
      } catch (error) {
        return { moved: false, error };
      }
      try {
        await this.restart(runner, actor);
        return null;
      } catch (error) {
        const reason = failures.reasonOf(error);
        return { moved: true, message: await this.undo(name, { before, release, reason }) };
      }
    } finally {
      endShield();
    }
  }

  /** Applies what `current` says now, and restarts the app unless it runs from there already. */
  private async restart(runner: Runner, actor: string): Promise<void> {
    const { files, observations } = this.parts;
    const seen = await files.look(runner.record.name);
    if (seen) await observations.take(runner, seen, actor);
    const { phase } = runner.record.lifecycle;
    // The release that was to replace it was invalid, and did not interrupt it.
    if (phase.kind === 'READY' && phase.run.release === runner.record.release) return;
    await runner.command({ type: 'RESTART', actor, cause: 'RELEASE' }, actor);
  }

  /** A sentence that says where `current` points now. */
  private async undo(
    name: string,
    { before, release, reason }: { before: string | null; release: string; reason: string },
  ): Promise<string> {
    const { files, failures } = this.parts;
    if (before === null) return `current points at ${release}, and the app could not be restarted: ${reason}`;
    try {
      await files.activate(name, before);
      return `current points at ${before} again: ${reason}`;
    } catch (error) {
      return `current points at ${release}, and the app could not be restarted (${reason}). Going back to ${before} failed, too: ${failures.reasonOf(error)}`;
    }
  }
}
