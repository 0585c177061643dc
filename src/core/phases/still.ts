// The phases in which no process of the app runs.

import { SUPERVISOR_ACTOR } from '../events.ts';
import type { EventOf } from '../lifecycle-events.ts';
import { CRASHED, NO_RESTARTS, REST } from '../restarts.ts';
import type { Run, RunCause } from '../run.ts';
import type { TransitionDraft } from '../transition-draft.ts';
import { type Cells, noteObserved, startByCommand, unwant, unwatchGone, want, watchGone } from './cells.ts';

function holdStill(draft: TransitionDraft, _: unknown, { operation }: EventOf<'HOLD'>): void {
  draft.set({ hold: { operation, resume: null } });
}

/** Lets go of the hold and goes on as commands have said meanwhile. */
function letGo(draft: TransitionDraft, _: unknown, { operation }: EventOf<'LET_GO'>): void {
  const { hold } = draft.lifecycle;
  if (hold?.operation !== operation) return;
  draft.set({ hold: null });
  if (hold.resume !== null) draft.settle(hold.resume);
}

/** No run goes on: an invalid app waits as INVALID. */
function observedStill(draft: TransitionDraft, _: unknown, event: EventOf<'OBSERVED'>): void {
  noteObserved(draft, event);
  if (event.invalid !== null) draft.settle(REST);
}

/** It became valid, or came back: started unless it was stopped by hand. */
function takeUp(draft: TransitionDraft, { cause }: EventOf<'OBSERVED'>): void {
  const { desired } = draft.lifecycle;
  draft.settle(desired === 'RUNNING' ? { kind: 'START', cause, actor: SUPERVISOR_ACTOR } : REST);
}

function goneStill(draft: TransitionDraft): void {
  draft.set({ present: false });
  draft.settle(REST);
}

export const GONE: Cells<'GONE'> = {
  START: want,
  RESTART: want,
  STOP: unwant,
  HOLD: holdStill,
  LET_GO: letGo,
  OBSERVED: (draft, _, event) => {
    noteObserved(draft, event);
    takeUp(draft, event);
  },
};

export const INVALID: Cells<'INVALID'> = {
  START: want,
  RESTART: want,
  STOP: unwant,
  HOLD: holdStill,
  LET_GO: letGo,
  OBSERVED: (draft, _, event) => {
    noteObserved(draft, event);
    if (event.invalid === null) takeUp(draft, event);
  },
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  TIMER: (draft, _, { timer }) => {
    if (timer === 'gone') goneStill(draft);
  },
};

export const STOPPED: Cells<'STOPPED'> = {
  START: startByCommand,
  RESTART: startByCommand,
  STOP: (draft) => {
    unwant(draft);
    draft.settle(REST);
  },
  HOLD: holdStill,
  LET_GO: letGo,
  BOOT: (draft) => {
    if (draft.lifecycle.desired === 'RUNNING') draft.begin('BOOT', SUPERVISOR_ACTOR);
  },
  OBSERVED: observedStill,
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  PORT_FREED: (draft, phase) => {
    if (phase.needsPort) draft.begin('BOOT', SUPERVISOR_ACTOR);
  },
  TIMER: (draft, _, { timer }) => {
    if (timer === 'gone') goneStill(draft);
  },
};

/** Its end was by itself: whatever starts it now, the error of that end is no longer the app's. */
function startExited(draft: TransitionDraft, cause: RunCause, actor: string): void {
  draft.set({ error: null });
  draft.begin(cause, actor);
}

function commandExited(draft: TransitionDraft, _: unknown, event: EventOf<'START' | 'RESTART'>): void {
  want(draft);
  startExited(draft, event.type === 'RESTART' ? event.cause : 'COMMAND', event.actor);
}

export const EXITED: Cells<'EXITED'> = {
  START: commandExited,
  RESTART: commandExited,
  STOP: (draft) => {
    unwant(draft);
    draft.set({ error: null });
    draft.settle(REST);
  },
  HOLD: holdStill,
  LET_GO: letGo,
  // A new start of the control plane alone starts nothing that ended by itself.
  BOOT: (draft, _, { rebooted }) => {
    if (rebooted) startExited(draft, 'BOOT', SUPERVISOR_ACTOR);
  },
  OBSERVED: observedStill,
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  TIMER: (draft, _, { timer }) => {
    if (timer === 'gone') goneStill(draft);
  },
};

export const CLAIMING: Cells<'CLAIMING'> = {
  START: want,
  // Nothing of the run has begun: it can be the one that is asked for.
  RESTART: (draft, { run }, { actor, cause }) => {
    want(draft);
    draft.enter({ kind: 'CLAIMING', run: { ...run, cause, actor } });
  },
  STOP: (draft) => {
    unwant(draft);
    draft.settle(REST);
  },
  HOLD: (draft, { run }, { operation }) => {
    draft.set({ hold: { operation, resume: null } });
    draft.settle({ kind: 'START', cause: run.cause, actor: run.actor });
  },
  BOOT: (draft) => draft.begin('BOOT', SUPERVISOR_ACTOR),
  OBSERVED: observedStill,
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  CLAIMED: (draft, phase, event) => {
    const run: Run = {
      ...phase.run,
      app: draft.context.app,
      phase: 'BOOTING',
      release: event.release,
      port: event.port,
      pid: null,
      handle: null,
      startedAt: draft.context.now,
      readyAt: null,
      endedAt: null,
      exit: null,
      recoveries: 0,
    };
    draft.enter({ kind: 'BOOTING', run: draft.saved(run) });
    if (run.cause === 'CRASH' || run.cause === 'HEALTH') draft.log(run, 'Restarting...');
    if (event.note !== null) draft.log(run, event.note);
    draft.effect({ do: 'BEGIN', run });
  },
  CLAIM_FAILED: (draft, _, { message, exhausted }) => {
    draft.set({ error: message });
    if (exhausted) draft.enter({ kind: 'STOPPED', needsPort: true });
    else draft.settle(CRASHED);
  },
  TIMER: (draft, _, { timer }) => {
    if (timer === 'gone') goneStill(draft);
  },
};

export const BACKOFF: Cells<'BACKOFF'> = {
  START: startByCommand,
  RESTART: startByCommand,
  STOP: (draft) => {
    unwant(draft);
    draft.settle(REST);
  },
  HOLD: (draft, _, { operation }) => {
    draft.set({ hold: { operation, resume: null } });
    draft.clearTimer('restart');
  },
  LET_GO: (draft, phase, { operation }) => {
    if (draft.lifecycle.hold?.operation !== operation) return;
    draft.set({ hold: null });
    draft.resumeBackOff(phase);
  },
  BOOT: (draft, phase) => draft.resumeBackOff(phase),
  OBSERVED: (draft, phase, event) => {
    observedStill(draft, phase, event);
    if (event.invalid !== null || !event.releaseChanged) return;
    // A new release may well be the remedy.
    draft.set(NO_RESTARTS);
    draft.begin('RELEASE', SUPERVISOR_ACTOR);
  },
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  TIMER: (draft, phase, { timer }) => {
    if (timer === 'gone') goneStill(draft);
    else if (timer === 'restart') draft.begin(phase.cause, SUPERVISOR_ACTOR);
  },
};
