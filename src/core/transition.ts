import { exitOf } from './exit.ts';
import type {
  EventOf,
  Lifecycle,
  LifecycleEvent,
  LifecycleEventType,
  Next,
  Outcome,
  PhaseKind,
  PhaseOf,
} from './lifecycle.ts';
import type { ProcessExit, Run } from './run.ts';
import { type Context, Step } from './step.ts';
import { HEALTH_FAILURES } from './times.ts';

type Handler<P extends PhaseKind, E extends LifecycleEventType> = (
  step: Step,
  phase: PhaseOf<P>,
  event: EventOf<E>,
) => void;

/** What each phase makes of each event; one that is not named is ignored there. */
type Table = { readonly [P in PhaseKind]: { readonly [E in LifecycleEventType]?: Handler<P, E> } };

const SUPERVISOR = 'supervisor';
const REST: Next = { kind: 'REST' };
const CRASHED: Next = { kind: 'BACKOFF', cause: 'CRASH' };

/** The state after an event, and what is to be done about it. Pure: same arguments, same answer. */
export function transition(state: Lifecycle, event: LifecycleEvent, context: Context): Outcome {
  const step = new Step(state, context);
  if (isCurrent(state, event)) {
    // One cast: TypeScript cannot see that the phase and the event fit the cell that they select.
    const cell = TABLE[state.phase.kind][event.type] as Handler<PhaseKind, LifecycleEventType> | undefined;
    cell?.(step, state.phase, event);
  }
  return step.outcome();
}

/** Whether the table names this event for this phase. */
export function handles(phase: PhaseKind, event: LifecycleEventType): boolean {
  return TABLE[phase][event] !== undefined;
}

/** False for an event of a run that is no longer the app's. */
function isCurrent({ phase }: Lifecycle, event: LifecycleEvent): boolean {
  return !('run' in event) || ('run' in phase && phase.run.id === event.run);
}

// ------------------------------------------------------------------ cells that several phases share

function want(step: Step): void {
  step.set({ desired: 'RUNNING', attempts: 0 });
}

function unwant(step: Step): void {
  step.set({ desired: 'STOPPED', attempts: 0 });
}

/** The command's start; while the app is held, it comes after that. */
function startByCommand(step: Step, _: unknown, event: EventOf<'START' | 'RESTART'>): void {
  want(step);
  step.begin(event.type === 'RESTART' ? event.cause : 'COMMAND', event.actor);
}

function restartLive(step: Step, { run }: { run: Run }, { actor, cause }: EventOf<'RESTART'>): void {
  want(step);
  step.end(run, cause, { kind: 'START', cause, actor });
}

function stopLive(step: Step, { run }: { run: Run }): void {
  unwant(step);
  step.end(run, 'COMMAND', REST);
}

function holdLive(step: Step, { run }: { run: Run }, { operation, actor }: EventOf<'HOLD'>): void {
  step.set({ hold: { operation, resume: null } });
  if (operation === 'SHUTDOWN') return step.end(run, 'SHUTDOWN', REST);
  step.end(run, 'COMMAND', { kind: 'START', cause: 'RENAME', actor });
}

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

function observedLive(step: Step, { run }: { run: Run }, event: EventOf<'OBSERVED'>): void {
  noteObserved(step, event);
  const again: Next = { kind: 'START', cause: 'MANIFEST', actor: SUPERVISOR };
  if (event.invalid !== null) step.end(run, 'MANIFEST', again);
  else if (event.releaseChanged) step.end(run, 'RELEASE', { ...again, cause: 'RELEASE' });
}

/** Nobody runs: an invalid one waits as INVALID. */
function observedStill(step: Step, _: unknown, event: EventOf<'OBSERVED'>): void {
  noteObserved(step, event);
  if (event.invalid !== null) step.settle(REST);
}

function noteObserved(step: Step, event: EventOf<'OBSERVED'>): void {
  step.clearTimer('gone');
  step.set({ invalid: event.invalid, present: true });
}

/** It became valid, or came back: started unless it was stopped by hand. */
function takeUp(step: Step, { cause }: EventOf<'OBSERVED'>): void {
  const { desired } = step.lifecycle;
  step.settle(desired === 'RUNNING' ? { kind: 'START', cause, actor: SUPERVISOR } : REST);
}

function watchGone(step: Step): void {
  step.setTimer('gone', step.context.times.goneAfter);
}

function unwatchGone(step: Step): void {
  step.clearTimer('gone');
}

function goneStill(step: Step): void {
  step.set({ present: false });
  step.settle(REST);
}

function goneLive(step: Step, { run }: { run: Run }): void {
  step.set({ present: false });
  step.end(run, 'GONE', REST);
}

/** A start that failed before the app was ready. */
function startFailed(step: Step, run: Run, message: string, exit: Omit<ProcessExit, 'at'>): void {
  step.set({ error: message });
  step.ended(run, { ...exit, at: step.context.now }, message, CRASHED);
}

/** The script ended by itself, and nobody of its run is left. */
function endedAlone(step: Step, { kind, run }: PhaseOf<'BOOTING' | 'READY'>, event: EventOf<'ENDED'>): void {
  if (kind === 'BOOTING') step.set({ error: earlyExit(event.code) });
  const { code, signal } = event;
  const exit: ProcessExit = { code, signal, reason: 'EXITED', at: step.context.now };
  step.ended(run, exit, null, afterExit(code));
}

/** The script ended by itself; what it left behind is ended too. */
function scriptEnded(
  step: Step,
  { kind, run }: PhaseOf<'BOOTING' | 'READY'>,
  event: EventOf<'SCRIPT_ENDED'>,
): void {
  if (kind === 'BOOTING') step.set({ error: earlyExit(event.code) });
  step.end(run, 'EXITED', afterExit(event.code));
}

function earlyExit(code: number | null): string {
  return code === null ? 'Killed before it was ready' : `Exited with code ${code} before it was ready`;
}

/** Exit 0 of its own accord is not restarted (BEHAVIOUR A15). */
function afterExit(code: number | null): Next {
  return code === 0 ? REST : CRASHED;
}

function foundEnded(step: Step, { run }: { run: Run }, event: EventOf<'FOUND_ENDED'>): void {
  const { code, signal } = event;
  const reason = code === null ? 'LOST' : 'EXITED';
  const exit: ProcessExit = { code, signal, reason, at: event.at ?? step.context.now };
  // After a reboot nothing can be left of it, and there is nothing to be careful about.
  const boot: Next = { kind: 'START', cause: 'BOOT', actor: SUPERVISOR };
  const wanted = step.lifecycle.desired === 'RUNNING';
  step.ended(run, exit, null, event.rebooted && wanted ? boot : afterExit(code));
}

function recoveredBooting(step: Step, { run }: { run: Run }, event: EventOf<'RECOVERED'>): void {
  boot(step, takenOver(run, event));
}

function takenOver(run: Run, event: EventOf<'RECOVERED'>): Run {
  return { ...run, handle: event.handle, pid: event.pid, recoveries: run.recoveries + 1 };
}

/** It was spawned: it has so long to become ready. */
function boot(step: Step, run: Run): void {
  step.enter({ kind: 'BOOTING', run: step.saved({ ...run, phase: 'BOOTING' }) });
  const { times } = step.context;
  step.clearTimer('startup');
  if (run.port === null) step.setTimer('ready', times.workerReady);
  else step.setTimer('startup', times.startupTimeout);
}

function ready(step: Step, { run }: { run: Run }): void {
  step.clearTimer('startup');
  step.set({ error: null });
  const record = step.saved({ ...run, phase: 'READY', readyAt: step.context.now });
  step.enter({ kind: 'READY', run: record, health: 'UNKNOWN', failures: 0 });
  watchReady(step, record);
}

function watchReady(step: Step, run: Run): void {
  step.setTimer('stable', step.context.times.stableAfter);
  if (run.port !== null) step.setTimer('health', step.context.times.healthInterval);
}

function probed(step: Step, phase: PhaseOf<'READY'>, { outcome, reason }: EventOf<'PROBED'>): void {
  const { run } = phase;
  if (outcome !== 'FAILED') {
    const health = outcome === 'OFF' ? 'UNKNOWN' : 'HEALTHY';
    // The same again is not written down: an app that is well costs the disk nothing.
    if (health !== phase.health || phase.failures > 0) step.enter({ ...phase, health, failures: 0 });
    return step.setTimer('health', step.context.times.healthInterval);
  }
  const failures = phase.failures + 1;
  const why = reason === null ? '' : `: ${reason}`;
  step.log(run, `Health check failed (${failures}/${HEALTH_FAILURES})${why}`);
  step.enter({ ...phase, health: 'UNHEALTHY', failures });
  if (failures < HEALTH_FAILURES) return step.setTimer('health', step.context.times.healthInterval);
  step.log(run, 'Too many health check failures, restarting...');
  step.end(run, 'UNHEALTHY', { kind: 'BACKOFF', cause: 'HEALTH' });
}

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

// ------------------------------------------------------------------ the table

const TABLE: Table = {
  GONE: {
    START: want,
    RESTART: want,
    STOP: unwant,
    HOLD: holdStill,
    LET_GO: letGo,
    OBSERVED: (step, _, event) => {
      noteObserved(step, event);
      takeUp(step, event);
    },
  },

  INVALID: {
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
  },

  STOPPED: {
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
  },

  CLAIMING: {
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
        phase: 'INSTALLING',
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
      step.enter({ kind: 'INSTALLING', run: step.saved(run) });
      if (run.cause === 'CRASH' || run.cause === 'HEALTH') step.log(run, 'Restarting...');
      if (event.note !== null) step.log(run, event.note);
      step.effect({ do: 'PREPARE', run });
    },
    CLAIM_FAILED: (step, _, { message, exhausted }) => {
      step.set({ error: message });
      if (exhausted) step.enter({ kind: 'STOPPED', needsPort: true });
      else step.settle(CRASHED);
    },
    TIMER: (step, _, { timer }) => {
      if (timer === 'gone') goneStill(step);
    },
  },

  INSTALLING: {
    START: want,
    RESTART: restartLive,
    STOP: stopLive,
    HOLD: holdLive,
    OBSERVED: observedLive,
    DIRECTORY_GONE: watchGone,
    DIRECTORY_UNKNOWN: unwatchGone,
    PREPARING: (step, { run }) => {
      step.log(run, 'Installing dependencies...');
      step.setTimer('install', step.context.times.installTimeout);
    },
    PREPARED: (step, { run }) => {
      step.clearTimer('install');
      step.log(run, run.port === null ? 'Starting...' : `Starting on port ${run.port}...`);
      const record = step.saved({ ...run, phase: 'BOOTING' });
      step.enter({ kind: 'BOOTING', run: record });
      // Set anew when it is spawned: a driver that never answers must not hold the app for ever.
      step.setTimer('startup', step.context.times.startupTimeout);
      step.effect({ do: 'START', run: record });
    },
    PREPARE_FAILED: (step, { run }, { message, code, signal }) =>
      startFailed(step, run, message, { code, signal, reason: 'INSTALL_FAILED' }),
    ENDED: (step, { run }, { code, signal }) =>
      startFailed(step, run, 'The installation ended before it was done', {
        code,
        signal,
        reason: 'INSTALL_FAILED',
      }),
    RECOVERED: recoveredBooting,
    NOT_STARTED: (step, { run }) => {
      const record = step.saved({ ...run, recoveries: run.recoveries + 1 });
      step.enter({ kind: 'INSTALLING', run: record });
      step.effect({ do: 'PREPARE', run: record });
    },
    FOUND_ENDED: foundEnded,
    TIMER: (step, { run }, { timer }) => {
      if (timer === 'gone') return goneLive(step, { run });
      if (timer !== 'install') return;
      const message = `The installation took longer than ${step.context.times.installTimeout / 1000}s`;
      step.set({ error: message });
      step.log(run, `${message}, killing it...`);
      step.end(run, 'INSTALL_TIMEOUT', CRASHED);
    },
  },

  BOOTING: {
    START: want,
    RESTART: restartLive,
    STOP: stopLive,
    HOLD: holdLive,
    OBSERVED: observedLive,
    DIRECTORY_GONE: watchGone,
    DIRECTORY_UNKNOWN: unwatchGone,
    STARTED: (step, { run }, { handle, pid }) => boot(step, { ...run, handle, pid }),
    START_FAILED: (step, { run }, { message }) =>
      startFailed(step, run, message, { code: null, signal: null, reason: 'SPAWN_FAILED' }),
    LISTENING: (step, phase) => {
      if (phase.run.port !== null) ready(step, phase);
    },
    SCRIPT_ENDED: scriptEnded,
    ENDED: endedAlone,
    RECOVERED: recoveredBooting,
    NOT_STARTED: (step, { run }) => {
      const record = step.saved({ ...run, phase: 'INSTALLING', recoveries: run.recoveries + 1 });
      step.enter({ kind: 'INSTALLING', run: record });
      step.effect({ do: 'PREPARE', run: record });
    },
    FOUND_ENDED: foundEnded,
    DIAGNOSED: (step, { run }, { message }) => {
      step.set({ error: message });
      step.log(run, 'Startup timeout, killing process...');
      step.log(run, message);
      step.end(run, 'STARTUP_TIMEOUT', CRASHED);
    },
    TIMER: (step, phase, { timer }) => {
      if (timer === 'gone') goneLive(step, phase);
      else if (timer === 'ready') ready(step, phase);
      else if (timer === 'startup') step.effect({ do: 'DIAGNOSE', run: phase.run });
    },
  },

  READY: {
    START: want,
    RESTART: restartLive,
    STOP: stopLive,
    HOLD: holdLive,
    OBSERVED: observedLive,
    DIRECTORY_GONE: watchGone,
    DIRECTORY_UNKNOWN: unwatchGone,
    SCRIPT_ENDED: scriptEnded,
    ENDED: endedAlone,
    RECOVERED: (step, phase, event) => {
      const run = step.saved(takenOver(phase.run, event));
      step.enter({ ...phase, run });
      watchReady(step, run);
    },
    NOT_STARTED: (step, phase) =>
      foundEnded(step, phase, {
        type: 'FOUND_ENDED',
        run: phase.run.id,
        code: null,
        signal: null,
        at: null,
        rebooted: false,
      }),
    FOUND_ENDED: foundEnded,
    PROBED: probed,
    TIMER: (step, phase, { timer }) => {
      if (timer === 'gone') goneLive(step, phase);
      else if (timer === 'stable') step.set({ attempts: 0 });
      else if (timer === 'health') step.effect({ do: 'PROBE', run: phase.run });
    },
  },

  ENDING: {
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
    // What a shutdown that was cut off was ending, or what had ended of its own accord.
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
    PREPARE_FAILED: endedAsked,
    START_FAILED: (step, phase) => endedAsked(step, phase, { code: null, signal: null }),
    RECOVERED: (step, phase, event) => {
      const run = step.saved(takenOver(phase.run, event));
      step.enter({ ...phase, run });
      step.effect({ do: 'STOP', run: run.id });
      step.setTimer('grace', step.context.times.stopGrace);
    },
    NOT_STARTED: (step, phase) => endedAsked(step, phase, { code: null, signal: null }),
    FOUND_ENDED: (step, phase, { code, signal, at }) =>
      step.ended(phase.run, exitOf(phase, code, signal, at ?? step.context.now), null, phase.next),
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
  },

  BACKOFF: {
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
  },
};
