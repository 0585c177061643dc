import type { AppFiles } from '../../contracts/discovery.ts';
import type { AppRecord } from '../../contracts/stores.ts';
import type { AppRef, AppView, CommandOptions } from '../../contracts/supervisor.ts';
import type { Role } from '../../core/access.ts';
import { failed, ok, type Result } from '../../core/errors.ts';
import { iconProblem } from '../../core/icon.ts';
import { appState, isStill } from '../../core/lifecycle.ts';
import type { LifecycleEvent } from '../../core/lifecycle-events.ts';
import { viewOf } from '../app-view.ts';
import { type Failures, operationFailed } from '../failures.ts';
import type { Observations } from '../observations.ts';
import type { PortAllocator } from '../ports/allocator.ts';
import type { Runner } from '../runner.ts';
import { whenStarted, whenStopped } from '../waiting.ts';
import type { Command, Operations } from './operations.ts';

export interface Commands {
  readonly start: Command<AppView>;
  readonly stop: Command<AppView>;
  readonly restart: Command<AppView>;
  readonly setIcon: Command<AppView, [icon: string | null]>;
  readonly assignPort: Command<AppView, [port: number]>;
  readonly grantAccess: Command<AppView, [role: Role | null]>;
}

/** The commands that never exclude one another: the last of start, stop and restart decides (docs/behavior.md B-12). */
export function createCommands(options: {
  readonly operations: Operations;
  readonly failures: Failures;
  readonly files: AppFiles;
  readonly observations: Observations;
  readonly allocator: PortAllocator;
  /** A port of the range came free. */
  readonly portFreed: () => void;
}): Commands {
  const { operations, failures, files, observations, allocator } = options;

  /** Commits the wish, and answers with the outcome where that is waited for. */
  function wish(
    event: (actor: string) => LifecycleEvent,
    outcome: (runner: Runner) => Promise<Result<AppRecord>>,
    refusal: (record: AppRecord) => Result<never> | null,
  ): Command<AppView> {
    return (ref: AppRef, { actor, wait }: CommandOptions) =>
      operations.command(ref, async (runner) => {
        await runner.command(event(actor), actor);
        const refused = refusal(runner.record);
        if (refused) return refused;
        const answer = wait ? await outcome(runner) : ok(runner.record);
        return answer.ok ? ok(viewOf(answer.value)) : answer;
      });
  }

  async function setIcon(runner: Runner, icon: string | null, actor: string): Promise<Result<AppView>> {
    const { name, lifecycle } = runner.record;
    const problem = icon === null ? null : iconProblem(icon);
    if (problem !== null) return failed({ code: 'ICON_INVALID', message: problem, path: ['icon'] });
    if (lifecycle.invalid !== null) return failed({ code: 'APP_INVALID', message: lifecycle.invalid });
    // An operation that is under way has an intent of its own, which must stay.
    if (runner.record.intent === null) await runner.command(null, actor, { intent: { operation: 'ICON' } });
    try {
      await files.writeIcon(name, icon);
    } catch (error) {
      if (runner.record.intent?.operation === 'ICON') runner.post(null, { intent: null });
      return failures.nothingChanged(error);
    }
    try {
      const seen = await files.look(runner.record.name);
      if (seen) await observations.take(runner, seen, actor);
    } catch (error) {
      const reason = failures.reasonOf(error);
      return operationFailed(
        `package.json has the icon; the app shows it at the next look at it (${reason})`,
      );
    } finally {
      if (runner.record.intent?.operation === 'ICON') runner.post(null, { intent: null });
    }
    return ok(viewOf(runner.record));
  }

  async function assignPort(runner: Runner, port: number, actor: string): Promise<Result<AppView>> {
    const { record } = runner;
    const { phase } = record.lifecycle;
    if (!isStill(phase)) {
      const state = appState(phase) ?? 'STOPPED';
      return failed({ code: 'APP_BUSY', message: `${record.name} is ${state}: stop it first`, state });
    }
    const assigned = await allocator.assign(record, port, actor);
    if (!assigned.ok) return assigned;
    if (assigned.value) {
      runner.touch();
      options.portFreed();
    }
    return ok(viewOf(runner.record));
  }

  async function grantAccess(runner: Runner, role: Role | null, actor: string): Promise<Result<AppView>> {
    if (role === 'ADMIN') {
      const message = 'An app is never ADMIN: grant it VIEWER or OPERATOR';
      return failed({ code: 'INVALID_INPUT', message, path: ['role'] });
    }
    if (role !== runner.record.granted) await runner.command(null, actor, { granted: role });
    return ok(viewOf(runner.record));
  }

  return {
    start: wish(
      (actor) => ({ type: 'START', actor }),
      (runner) => whenStarted(runner),
      invalid,
    ),
    restart: wish(
      (actor) => ({ type: 'RESTART', actor, cause: 'COMMAND' }),
      (runner) => whenStarted(runner),
      invalid,
    ),
    stop: wish(
      (actor) => ({ type: 'STOP', actor }),
      whenStopped,
      () => null,
    ),
    setIcon: (ref, icon, { actor }) => operations.command(ref, (runner) => setIcon(runner, icon, actor)),
    grantAccess: (ref, role, { actor }) =>
      operations.command(ref, (runner) => grantAccess(runner, role, actor)),
    assignPort: (ref, port, { actor }) =>
      operations.exclusive(ref, 'port assignment', (runner) => assignPort(runner, port, actor)),
  };
}

/** An invalid app is wanted from now on, and starts as soon as it is valid; now it cannot. */
function invalid({ lifecycle }: AppRecord): Result<never> | null {
  return lifecycle.invalid === null ? null : failed({ code: 'APP_INVALID', message: lifecycle.invalid });
}
