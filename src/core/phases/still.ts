// The phases in which nobody of the app's runs.

import type { EventOf } from '../lifecycle-events.ts';
import { CRASHED, REST } from '../restarts.ts';
import type { Run, RunCause } from '../run.ts';
import type { Step } from '../step.ts';
import {
  type Cells,
  noteObserved,
  SUPERVISOR,
  startByCommand,
  unwant,
  unwatchGone,
  want,
  watchGone,
} from './cells.ts';

function holdStill(step: Step, _: unknown, { operation }: EventOf<'HOLD'>): void {
  step.set({ hold: { operation, resume: null } });
}

/** Lets go of the hold and goes on as commands have said meanwhile. */
function letGo(step: Step, _: unknown, { operation }: EventOf<'LET_GO'>): void {
  const { hold } = step.lifecycle;
  if (hold?.operation !== operation) return;
  step.set({ hold: null });
  if (hold.resume !== null) step.settle(hold.resume);
}

/** Nobody runs: an invalid one waits as INVALID. */
function observedStill(step: Step, _: unknown, event: EventOf<'OBSERVED'>): void {
  noteObserved(step, event);
  if (event.invalid !== null) step.settle(REST);
}

/** It became valid, or came back: started unless it was stopped by hand. */
function takeUp(step: Step, { cause }: EventOf<'OBSERVED'>): void {
  const { desired } = step.lifecycle;
  step.settle(desired === 'RUNNING' ? { kind: 'START', cause, actor: SUPERVISOR } : REST);
}

function goneStill(step: Step): void {
  step.set({ present: false });
  step.settle(REST);
}

export const GONE: Cells<'GONE'> = {
  START: want,
  RESTART: want,
  STOP: unwant,
  HOLD: holdStill,
  LET_GO: letGo,
  OBSERVED: (step, _, event) => {
    noteObserved(step, event);
    takeUp(step, event);
  },
};

export const INVALID: Cells<'INVALID'> = {
  START: want,
  RESTART: want,
  STOP: unwant,
  HOLD: holdStill,
  LET_GO: letGo,
  OBSERVED: (step, _, event) => {
    noteObserved(step, event);
    if (event.invalid === null) takeUp(step, event);
  },
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  TIMER: (step, _, { timer }) => {
    if (timer === 'gone') goneStill(step);
  },
};

export const STOPPED: Cells<'STOPPED'> = {
  START: startByCommand,
  RESTART: startByCommand,
  STOP: (step) => {
    unwant(step);
    step.settle(REST);
  },
  HOLD: holdStill,
  LET_GO: letGo,
  BOOT: (step) => {
    if (step.lifecycle.desired === 'RUNNING') step.begin('BOOT', SUPERVISOR);
  },
  OBSERVED: observedStill,
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  PORT_FREED: (step, phase) => {
    if (phase.needsPort) step.begin('BOOT', SUPERVISOR);
  },
  TIMER: (step, _, { timer }) => {
    if (timer === 'gone') goneStill(step);
  },
};

/** Its end was by itself: whatever starts it now, the error of that end is no longer the app's. */
function startExited(step: Step, cause: RunCause, actor: string): void {
  step.set({ error: null });
  step.begin(cause, actor);
}

function commandExited(step: Step, _: unknown, event: EventOf<'START' | 'RESTART'>): void {
  want(step);
  startExited(step, event.type === 'RESTART' ? event.cause : 'COMMAND', event.actor);
}

export const EXITED: Cells<'EXITED'> = {
  START: commandExited,
  RESTART: commandExited,
  STOP: (step) => {
    unwant(step);
    step.set({ error: null });
    step.settle(REST);
  },
  HOLD: holdStill,
  LET_GO: letGo,
  // A new start of the control plane alone starts nothing that ended by itself.
  BOOT: (step, _, { rebooted }) => {
    if (rebooted) startExited(step, 'BOOT', SUPERVISOR);
  },
  OBSERVED: observedStill,
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  TIMER: (step, _, { timer }) => {
    if (timer === 'gone') goneStill(step);
  },
};

export const CLAIMING: Cells<'CLAIMING'> = {
  START: want,
  // Nothing of the run has begun: it is as well the one that is asked for.
  RESTART: (step, { run }, { actor, cause }) => {
    want(step);
    step.enter({ kind: 'CLAIMING', run: { ...run, cause, actor } });
  },
  STOP: (step) => {
    unwant(step);
    step.settle(REST);
  },
  HOLD: (step, { run }, { operation }) => {
    step.set({ hold: { operation, resume: null } });
    step.settle({ kind: 'START', cause: run.cause, actor: run.actor });
  },
  BOOT: (step) => step.begin('BOOT', SUPERVISOR),
  OBSERVED: observedStill,
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  CLAIMED: (step, phase, event) => {
    const run: Run = {
      ...phase.run,
      app: step.context.app,
      phase: 'BOOTING',
      release: event.release,
      port: event.port,
      pid: null,
      handle: null,
      startedAt: step.context.now,
      readyAt: null,
      endedAt: null,
      exit: null,
      recoveries: 0,
    };
    step.enter({ kind: 'BOOTING', run: step.saved(run) });
    if (run.cause === 'CRASH' || run.cause === 'HEALTH') step.log(run, 'Restarting...');
    if (event.note !== null) step.log(run, event.note);
    step.effect({ do: 'BEGIN', run });
  },
  CLAIM_FAILED: (step, _, { message, exhausted }) => {
    step.set({ error: message });
    if (exhausted) step.enter({ kind: 'STOPPED', needsPort: true });
    else step.settle(CRASHED);
  },
  TIMER: (step, _, { timer }) => {
    if (timer === 'gone') goneStill(step);
  },
};

export const BACKOFF: Cells<'BACKOFF'> = {
  START: startByCommand,
  RESTART: startByCommand,
  STOP: (step) => {
    unwant(step);
    step.settle(REST);
  },
  HOLD: (step, _, { operation }) => {
    step.set({ hold: { operation, resume: null } });
    step.clearTimer('restart');
  },
  LET_GO: (step, phase, { operation }) => {
    if (step.lifecycle.hold?.operation !== operation) return;
    step.set({ hold: null });
    step.resumeBackOff(phase);
  },
  BOOT: (step, phase) => step.resumeBackOff(phase),
  OBSERVED: (step, phase, event) => {
    observedStill(step, phase, event);
    if (event.invalid !== null || !event.releaseChanged) return;
    // A new release may well be the remedy.
    step.set({ attempts: 0 });
    step.begin('RELEASE', SUPERVISOR);
  },
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  TIMER: (step, phase, { timer }) => {
    if (timer === 'gone') goneStill(step);
    else if (timer === 'restart') step.begin(phase.cause, SUPERVISOR);
  },
};
