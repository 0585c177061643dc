import { SUPERVISOR_ACTOR } from '../events.ts';
import { exitOf } from '../exit.ts';
import type { Next, PhaseOf } from '../lifecycle.ts';
import { afterFoundStop, REST } from '../restarts.ts';
import type { ProcessExit } from '../run.ts';
import type { TransitionDraft } from '../transition-draft.ts';
import { type Cells, noteObserved, unwant, unwatchGone, want, watchGone } from './cells.ts';
import { takenOver } from './live.ts';

/** The last process of a run that was being ended is gone. */
function endedAsked(
  draft: TransitionDraft,
  phase: PhaseOf<'ENDING'>,
  { code, signal }: Pick<ProcessExit, 'code' | 'signal'>,
): void {
  const exit = exitOf(phase, code, signal, draft.context.now);
  // Before the spawn there was no process whose status could be unknown.
  const line = phase.run.handle === null && exit.reason === 'STOPPED' ? 'Stopped' : null;
  draft.ended(phase.run, exit, line, phase.next);
}

function nextIs(draft: TransitionDraft, phase: PhaseOf<'ENDING'>, next: Next): void {
  draft.enter({ ...phase, next });
}

export const ENDING: Cells<'ENDING'> = {
  START: (draft, phase, { actor }) => {
    want(draft);
    if (phase.next.kind !== 'START') nextIs(draft, phase, { kind: 'START', cause: 'COMMAND', actor });
  },
  RESTART: (draft, phase, { actor, cause }) => {
    want(draft);
    nextIs(draft, phase, { kind: 'START', cause, actor });
  },
  STOP: (draft, phase) => {
    unwant(draft);
    nextIs(draft, phase, REST);
  },
  HOLD: (draft, phase, { operation }) => {
    draft.set({ hold: { operation, resume: null } });
    // What was about to start is still wanted: the next boot starts it.
    if (operation === 'SHUTDOWN' && phase.next.kind === 'START') nextIs(draft, phase, REST);
  },
  LET_GO: (draft, _, { operation }) => {
    if (draft.lifecycle.hold?.operation === operation) draft.set({ hold: null });
  },
  // What a shutdown that was cut off was ending.
  BOOT: (draft, phase) => {
    if (draft.lifecycle.desired !== 'RUNNING' || phase.next.kind !== 'REST') return;
    nextIs(draft, phase, { kind: 'START', cause: 'BOOT', actor: SUPERVISOR_ACTOR });
  },
  OBSERVED: (draft, phase, event) => {
    noteObserved(draft, event);
    // It came back while it was being ended for having gone.
    if (phase.why === 'GONE' && draft.lifecycle.desired === 'RUNNING') {
      nextIs(draft, phase, { kind: 'START', cause: 'MANIFEST', actor: SUPERVISOR_ACTOR });
    }
  },
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  ENDED: endedAsked,
  // It failed by itself in the moment in which it was asked to end.
  INSTALL_FAILED: endedAsked,
  START_FAILED: (draft, phase) => endedAsked(draft, phase, { code: null, signal: null }),
  RECOVERED: (draft, phase, event) => {
    const run = draft.saved(takenOver(phase.run, event));
    draft.enter({ ...phase, run });
    draft.effect({ do: 'STOP', run: run.id });
    draft.setTimer('grace', draft.context.times.stopGrace);
  },
  NOT_STARTED: (draft, phase) => endedAsked(draft, phase, { code: null, signal: null }),
  FOUND_ENDED: (draft, phase, { code, signal, at, rebooted }) => {
    const exit = exitOf(phase, code, signal, at ?? draft.context.now);
    draft.ended(phase.run, exit, null, afterFoundStop(rebooted, phase.next));
  },
  TIMER: (draft, phase, { timer }) => {
    if (timer === 'gone') return draft.set({ present: false });
    if (timer !== 'grace' && timer !== 'kill') return;
    if (timer === 'grace') {
      draft.log(phase.run, 'Shutdown timeout, sending SIGKILL...');
      draft.enter({ ...phase, killed: true });
    }
    draft.effect({ do: 'KILL', run: phase.run.id });
    draft.setTimer('kill', draft.context.times.stopGrace);
  },
};
