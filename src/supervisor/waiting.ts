import type { AppRecord } from '../contracts/stores.ts';
import { type DomainError, failed, ok, type Result } from '../core/errors.ts';
import { exitLine } from '../core/exit.ts';
import { type HoldOperation, isStill, liveRun } from '../core/lifecycle.ts';
import type { RunId } from '../core/run.ts';
import type { Change, Runner } from './runner.ts';

type Answer = Result<AppRecord> | null;

/** Waits for the first change that has an answer; `now` may have one already. A shutdown that leaves apps alone ends it. */
function settled(
  runner: Runner,
  now: Answer,
  fail: (message: string) => Result<never>,
  look: (change: Change) => Answer,
): Promise<Result<AppRecord>> {
  if (now) return Promise.resolve(now);
  return new Promise((resolve) => {
    const end = runner.watch(
      (change) => {
        const answer = look(change);
        if (!answer) return;
        end();
        resolve(answer);
      },
      () => resolve(fail(supersededBy('SHUTDOWN'))),
    );
  });
}

/** The run that an app in this phase is about to have, or has. */
function runOf({ lifecycle: { phase } }: AppRecord): RunId | null {
  return phase.kind === 'CLAIMING' ? phase.run.id : (liveRun(phase)?.id ?? null);
}

function startFailed(message: string): Result<never> {
  return failed({ code: 'START_FAILED', message, exit: null, run: null });
}

/**
 * After a start was committed: ready, or its first run has ended (retries go on), or another
 * command has taken its place (docs/behavior.md B-12).
 */
export function whenStarted(
  runner: Runner,
  {
    restartEnds = true,
  }: { /** Whether another restart is an answer; else its run counts. */ restartEnds?: boolean } = {},
): Promise<Result<AppRecord>> {
  let run = runner.record.lifecycle.phase.kind === 'ENDING' ? null : runOf(runner.record);

  function state(record: AppRecord): Answer {
    const { phase, invalid, desired, error, hold } = record.lifecycle;
    if (invalid !== null) return failed({ code: 'APP_INVALID', message: invalid });
    if (desired === 'STOPPED') return startFailed('Superseded by a stop');
    if (hold !== null && hold.operation !== 'RENAME') return startFailed(supersededBy(hold.operation));
    if (phase.kind === 'READY') return ok(record);
    if (phase.kind === 'STOPPED' && phase.needsPort)
      return failed({ code: 'PORT_UNAVAILABLE', message: error ?? '', holder: null });
    // It has no run: its port could not be taken.
    if (phase.kind === 'BACKOFF' && run !== null) return startFailed(error ?? 'It could not be started');
    if (phase.kind === 'GONE') return startFailed('Its directory is gone');
    return null;
  }

  return settled(runner, state(runner.record), startFailed, ({ event, after, facts }) => {
    const ended = facts.find((fact) => fact.type === 'RunEnded' && fact.run === run);
    if (ended?.type === 'RunEnded' && after.lifecycle.hold === null && after.lifecycle.invalid === null) {
      const message = after.lifecycle.error ?? exitLine(ended.exit);
      return failed({ code: 'START_FAILED', message, exit: ended.exit, run: ended.run });
    }
    if (event?.type === 'RESTART') {
      if (restartEnds) return startFailed('Superseded by a restart');
      run = null;
    }
    if (event?.type === 'TIMER' && event.timer === 'kill') return stopFailed(after);
    if (after.lifecycle.phase.kind !== 'ENDING') run = runOf(after) ?? run;
    return state(after);
  });
}

/** After a stop was committed: its last process is gone, or cannot be ended, or it is wanted again. */
export function whenStopped(runner: Runner): Promise<Result<AppRecord>> {
  function state({ lifecycle }: AppRecord): Answer {
    if (isStill(lifecycle.phase)) return ok(runner.record);
    return lifecycle.desired === 'RUNNING' ? stopError('Superseded by a start') : null;
  }
  return settled(runner, state(runner.record), stopError, ({ event, after }) => {
    if (event?.type === 'TIMER' && event.timer === 'kill') return stopFailed(after);
    return state(after);
  });
}

/** After a hold was asked for: no process of the app is left. */
export function whenStill(runner: Runner, operation: HoldOperation): Promise<Result<AppRecord>> {
  function state(record: AppRecord): Answer {
    const { hold, phase } = record.lifecycle;
    if (hold !== null && hold.operation !== operation) return stopError(supersededBy(hold.operation));
    return isStill(phase) ? ok(record) : null;
  }
  return settled(runner, state(runner.record), stopError, ({ event, after }) => {
    if (event?.type === 'TIMER' && event.timer === 'kill') return stopFailed(after);
    return state(after);
  });
}

function supersededBy(operation: HoldOperation): string {
  const words = { RENAME: 'a rename', REMOVE: 'its removal', SHUTDOWN: 'the shutdown of the control plane' };
  return `Superseded by ${words[operation]}`;
}

function stopError(message: string): Result<never> {
  return failed({ code: 'STOP_FAILED', message } satisfies DomainError);
}

function stopFailed({ name }: AppRecord): Result<never> {
  return stopError(`Processes of ${name} are still there although SIGKILL was sent`);
}
