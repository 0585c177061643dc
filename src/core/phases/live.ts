// What the phases of a run that is not being ended have in common.

import { SUPERVISOR_ACTOR } from '../events.ts';
import type { PhaseOf } from '../lifecycle.ts';
import type { EventOf } from '../lifecycle-events.ts';
import { afterFoundEnd, REST } from '../restarts.ts';
import type { ProcessExit, Run } from '../run.ts';
import type { TransitionDraft } from '../transition-draft.ts';
import { noteObserved, unwant, want } from './cells.ts';

export function restartLive(
  draft: TransitionDraft,
  { run }: { run: Run },
  { actor, cause }: EventOf<'RESTART'>,
): void {
  want(draft);
  // No run could follow this one; the caller gets the error.
  if (draft.lifecycle.invalid !== null) return;
  draft.end(run, cause, { kind: 'START', cause, actor });
}

export function stopLive(draft: TransitionDraft, { run }: { run: Run }): void {
  unwant(draft);
  draft.end(run, 'COMMAND', REST);
}

export function holdLive(
  draft: TransitionDraft,
  { run }: { run: Run },
  { operation, actor }: EventOf<'HOLD'>,
): void {
  draft.set({ hold: { operation, resume: null } });
  if (operation === 'SHUTDOWN') return draft.end(run, 'SHUTDOWN', REST);
  draft.end(run, 'COMMAND', { kind: 'START', cause: 'RENAME', actor });
}

export function observedLive(
  draft: TransitionDraft,
  { run }: { run: Run },
  event: EventOf<'OBSERVED'>,
): void {
  const wasValid = draft.lifecycle.invalid === null;
  noteObserved(draft, event);
  if (event.invalid !== null) {
    if (wasValid) watchInvalid(draft);
    return;
  }
  draft.clearTimer('invalid');
  if (event.releaseChanged)
    draft.end(run, 'RELEASE', { kind: 'START', cause: 'RELEASE', actor: SUPERVISOR_ACTOR });
}

/** An editor, a merge or a slow copy may leave the manifest invalid for a moment: the run goes on for that long. */
export function watchInvalid(draft: TransitionDraft): void {
  if (draft.lifecycle.invalid !== null) draft.setTimer('invalid', draft.context.times.invalidAfter);
}

/** The manifest has been invalid for too long. */
export function invalidLive(draft: TransitionDraft, { run }: { run: Run }): void {
  const { invalid } = draft.lifecycle;
  if (invalid === null) return;
  draft.log(run, `Invalid for ${draft.context.times.invalidAfter / 1000}s: ${invalid}`);
  draft.end(run, 'MANIFEST', { kind: 'START', cause: 'MANIFEST', actor: SUPERVISOR_ACTOR });
}

export function goneLive(draft: TransitionDraft, { run }: { run: Run }): void {
  draft.set({ present: false });
  draft.end(run, 'GONE', REST);
}

/** The script ended by itself, and no process of its run is left. */
export function endedAlone(
  draft: TransitionDraft,
  { kind, run }: PhaseOf<'BOOTING' | 'READY'>,
  event: EventOf<'ENDED'>,
): void {
  const { code, signal } = event;
  const exit: ProcessExit = { code, signal, reason: 'EXITED', at: draft.context.now };
  draft.ended(run, exit, null, draft.unasked({ kind: 'EXITED', code, ready: kind === 'READY' }));
}

/** The script ended by itself; what it left behind is ended too. */
export function scriptEnded(
  draft: TransitionDraft,
  { kind, run }: PhaseOf<'BOOTING' | 'READY'>,
  event: EventOf<'SCRIPT_ENDED'>,
): void {
  const { code } = event;
  draft.end(run, 'EXITED', draft.unasked({ kind: 'EXITED', code, ready: kind === 'READY' }));
}

export function foundEnded(
  draft: TransitionDraft,
  { kind, run }: PhaseOf<'INSTALLING' | 'BOOTING' | 'READY'>,
  event: EventOf<'FOUND_ENDED'>,
): void {
  const { code, signal } = event;
  const reason = code === null ? 'LOST' : 'EXITED';
  const exit: ProcessExit = { code, signal, reason, at: event.at ?? draft.context.now };
  const next =
    afterFoundEnd(event.rebooted, draft.lifecycle) ??
    draft.unasked({ kind: 'EXITED', code, ready: kind === 'READY' });
  draft.ended(run, exit, null, next);
}

export function takenOver(run: Run, event: EventOf<'RECOVERED'>): Run {
  return { ...run, handle: event.handle, pid: event.pid, recoveries: run.recoveries + 1 };
}

export function watchReady(draft: TransitionDraft, run: Run): void {
  draft.setTimer('stable', draft.context.times.stableAfter);
  if (run.port !== null) draft.setTimer('health', draft.context.health.interval);
}
