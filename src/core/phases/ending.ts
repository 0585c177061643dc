import { exitOf } from '../exit.ts';
import type { Next, PhaseOf } from '../lifecycle.ts';
import { REST } from '../restarts.ts';
import type { ProcessExit } from '../run.ts';
import type { Step } from '../step.ts';
import { type Cells, noteObserved, SUPERVISOR, unwant, unwatchGone, want, watchGone } from './cells.ts';
import { takenOver } from './live.ts';

/** The last process of a run that was being ended is gone. */
function endedAsked(
  step: Step,
  phase: PhaseOf<'ENDING'>,
  { code, signal }: Pick<ProcessExit, 'code' | 'signal'>,
): void {
  const exit = exitOf(phase, code, signal, step.context.now);
  // Before the spawn there was nobody whose status could be unknown.
  const line = phase.run.handle === null && exit.reason === 'STOPPED' ? 'Stopped' : null;
  step.ended(phase.run, exit, line, phase.next);
}

function nextIs(step: Step, phase: PhaseOf<'ENDING'>, next: Next): void {
  step.enter({ ...phase, next });
}

export const ENDING: Cells<'ENDING'> = {
  START: (step, phase, { actor }) => {
    want(step);
    if (phase.next.kind !== 'START') nextIs(step, phase, { kind: 'START', cause: 'COMMAND', actor });
  },
  RESTART: (step, phase, { actor, cause }) => {
    want(step);
    nextIs(step, phase, { kind: 'START', cause, actor });
  },
  STOP: (step, phase) => {
    unwant(step);
    nextIs(step, phase, REST);
  },
  HOLD: (step, phase, { operation }) => {
    step.set({ hold: { operation, resume: null } });
    // What was about to start is still wanted: the next boot starts it.
    if (operation === 'SHUTDOWN' && phase.next.kind === 'START') nextIs(step, phase, REST);
  },
  LET_GO: (step, _, { operation }) => {
    if (step.lifecycle.hold?.operation === operation) step.set({ hold: null });
  },
  // What a shutdown that was cut off was ending.
  BOOT: (step, phase) => {
    if (step.lifecycle.desired !== 'RUNNING' || phase.next.kind !== 'REST') return;
    nextIs(step, phase, { kind: 'START', cause: 'BOOT', actor: SUPERVISOR });
  },
  OBSERVED: (step, phase, event) => {
    noteObserved(step, event);
    // It came back while it was being ended for having gone.
    if (phase.why === 'GONE' && step.lifecycle.desired === 'RUNNING') {
      nextIs(step, phase, { kind: 'START', cause: 'MANIFEST', actor: SUPERVISOR });
    }
  },
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  ENDED: endedAsked,
  // It failed by itself in the moment in which it was asked to end.
  INSTALL_FAILED: endedAsked,
  START_FAILED: (step, phase) => endedAsked(step, phase, { code: null, signal: null }),
  RECOVERED: (step, phase, event) => {
    const run = step.saved(takenOver(phase.run, event));
    step.enter({ ...phase, run });
    step.effect({ do: 'STOP', run: run.id });
    step.setTimer('grace', step.context.times.stopGrace);
  },
  NOT_STARTED: (step, phase) => endedAsked(step, phase, { code: null, signal: null }),
  FOUND_ENDED: (step, phase, { code, signal, at, rebooted }) => {
    const exit = exitOf(phase, code, signal, at ?? step.context.now);
    // What ended by itself is started once by the boot of the machine.
    const boot: Next = { kind: 'START', cause: 'BOOT', actor: SUPERVISOR };
    step.ended(phase.run, exit, null, rebooted && phase.next.kind === 'EXITED' ? boot : phase.next);
  },
  TIMER: (step, phase, { timer }) => {
    if (timer === 'gone') return step.set({ present: false });
    if (timer !== 'grace' && timer !== 'kill') return;
    if (timer === 'grace') {
      step.log(phase.run, 'Shutdown timeout, sending SIGKILL...');
      step.enter({ ...phase, killed: true });
    }
    step.effect({ do: 'KILL', run: phase.run.id });
    step.setTimer('kill', step.context.times.stopGrace);
  },
};
