// What the phases of a run that is not being ended have in common.

import type { Next, PhaseOf } from '../lifecycle.ts';
import type { EventOf } from '../lifecycle-events.ts';
import { REST } from '../restarts.ts';
import type { ProcessExit, Run } from '../run.ts';
import type { Step } from '../step.ts';
import { noteObserved, SUPERVISOR, unwant, want } from './cells.ts';

export function restartLive(step: Step, { run }: { run: Run }, { actor, cause }: EventOf<'RESTART'>): void {
  want(step);
  // No run could follow this one; the caller gets the error.
  if (step.lifecycle.invalid !== null) return;
  step.end(run, cause, { kind: 'START', cause, actor });
}

export function stopLive(step: Step, { run }: { run: Run }): void {
  unwant(step);
  step.end(run, 'COMMAND', REST);
}

export function holdLive(step: Step, { run }: { run: Run }, { operation, actor }: EventOf<'HOLD'>): void {
  step.set({ hold: { operation, resume: null } });
  if (operation === 'SHUTDOWN') return step.end(run, 'SHUTDOWN', REST);
  step.end(run, 'COMMAND', { kind: 'START', cause: 'RENAME', actor });
}

export function observedLive(step: Step, { run }: { run: Run }, event: EventOf<'OBSERVED'>): void {
  const wasValid = step.lifecycle.invalid === null;
  noteObserved(step, event);
  if (event.invalid !== null) {
    if (wasValid) watchInvalid(step);
    return;
  }
  step.clearTimer('invalid');
  if (event.releaseChanged) step.end(run, 'RELEASE', { kind: 'START', cause: 'RELEASE', actor: SUPERVISOR });
}

/** An editor, a merge or a slow copy may leave the manifest invalid for a moment: the run goes on for that long. */
export function watchInvalid(step: Step): void {
  if (step.lifecycle.invalid !== null) step.setTimer('invalid', step.context.times.invalidAfter);
}

/** The manifest has been invalid for too long. */
export function invalidLive(step: Step, { run }: { run: Run }): void {
  const { invalid } = step.lifecycle;
  if (invalid === null) return;
  step.log(run, `Invalid for ${step.context.times.invalidAfter / 1000}s: ${invalid}`);
  step.end(run, 'MANIFEST', { kind: 'START', cause: 'MANIFEST', actor: SUPERVISOR });
}

export function goneLive(step: Step, { run }: { run: Run }): void {
  step.set({ present: false });
  step.end(run, 'GONE', REST);
}

/** The script ended by itself, and nobody of its run is left. */
export function endedAlone(
  step: Step,
  { kind, run }: PhaseOf<'BOOTING' | 'READY'>,
  event: EventOf<'ENDED'>,
): void {
  const { code, signal } = event;
  const exit: ProcessExit = { code, signal, reason: 'EXITED', at: step.context.now };
  step.ended(run, exit, null, step.unasked({ kind: 'EXITED', code, ready: kind === 'READY' }));
}

/** The script ended by itself; what it left behind is ended too. */
export function scriptEnded(
  step: Step,
  { kind, run }: PhaseOf<'BOOTING' | 'READY'>,
  event: EventOf<'SCRIPT_ENDED'>,
): void {
  const { code } = event;
  step.end(run, 'EXITED', step.unasked({ kind: 'EXITED', code, ready: kind === 'READY' }));
}

export function foundEnded(
  step: Step,
  { kind, run }: PhaseOf<'INSTALLING' | 'BOOTING' | 'READY'>,
  event: EventOf<'FOUND_ENDED'>,
): void {
  const { code, signal } = event;
  const reason = code === null ? 'LOST' : 'EXITED';
  const exit: ProcessExit = { code, signal, reason, at: event.at ?? step.context.now };
  // After a reboot nothing can be left of it, and there is nothing to be careful about.
  const boot: Next = { kind: 'START', cause: 'BOOT', actor: SUPERVISOR };
  const isWanted = step.lifecycle.desired === 'RUNNING';
  const next =
    event.rebooted && isWanted ? boot : step.unasked({ kind: 'EXITED', code, ready: kind === 'READY' });
  step.ended(run, exit, null, next);
}

export function takenOver(run: Run, event: EventOf<'RECOVERED'>): Run {
  return { ...run, handle: event.handle, pid: event.pid, recoveries: run.recoveries + 1 };
}

export function watchReady(step: Step, run: Run): void {
  step.setTimer('stable', step.context.times.stableAfter);
  if (run.port !== null) step.setTimer('health', step.context.health.interval);
}
