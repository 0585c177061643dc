import type { EventOf } from '../lifecycle-events.ts';
import type { ProcessExit, Run } from '../run.ts';
import type { Step } from '../step.ts';
import { type Cells, unwatchGone, want, watchGone } from './cells.ts';
import {
  endedAlone,
  foundEnded,
  goneLive,
  holdLive,
  invalidLive,
  observedLive,
  restartLive,
  scriptEnded,
  stopLive,
  takenOver,
  watchInvalid,
  watchReady,
} from './live.ts';

/** A start that failed before the app was ready. */
function startFailed(step: Step, run: Run, message: string, exit: Omit<ProcessExit, 'at'>): void {
  const next = step.unasked({ kind: 'FAILED', why: message, cause: 'CRASH' });
  step.ended(run, { ...exit, at: step.context.now }, message, next);
}

function installFailed(step: Step, { run }: { run: Run }, event: EventOf<'INSTALL_FAILED'>): void {
  const { message, code, signal } = event;
  startFailed(step, run, message, { code, signal, reason: 'INSTALL_FAILED' });
}

/** Something is to be installed first, now or when its turn comes. */
function enterInstalling(step: Step, { run }: { run: Run }): void {
  step.enter({ kind: 'INSTALLING', run: step.saved({ ...run, phase: 'INSTALLING' }) });
}

function installs(step: Step, { run }: { run: Run }): void {
  step.log(run, 'Installing dependencies...');
  step.setTimer('install', step.context.times.installTimeout);
}

/** The script is spawned now. The timer is set again when it was: a driver that never answers must not hold the app for ever. */
function starting(step: Step, { run }: { run: Run }): void {
  step.log(run, run.port === null ? 'Starting...' : `Starting on port ${run.port}...`);
  step.setTimer('startup', step.context.times.startupTimeout);
}

/** Found at recovery not to have been spawned: the same run begins again. */
function beginAgain(step: Step, { run }: { run: Run }): void {
  const record = step.saved({ ...run, phase: 'BOOTING', recoveries: run.recoveries + 1 });
  step.enter({ kind: 'BOOTING', run: record });
  step.effect({ do: 'BEGIN', run: record });
  watchInvalid(step);
}

function recoveredBooting(step: Step, { run }: { run: Run }, event: EventOf<'RECOVERED'>): void {
  boot(step, takenOver(run, event));
  watchInvalid(step);
}

/** It was spawned: it has so long to become ready. */
function boot(step: Step, run: Run): void {
  step.enter({ kind: 'BOOTING', run: step.saved({ ...run, phase: 'BOOTING' }) });
  const { times } = step.context;
  step.clearTimer('startup');
  if (run.port === null) step.setTimer('ready', times.workerReady);
  else step.setTimer('startup', times.startupTimeout);
}

function ready(step: Step, { run }: { run: Run }, address: string | null): void {
  step.clearTimer('startup');
  step.set({ error: null });
  const record = step.saved({ ...run, phase: 'READY', readyAt: step.context.now });
  step.enter({
    kind: 'READY',
    run: record,
    address,
    health: 'UNKNOWN',
    failures: 0,
    passed: false,
    unclear: null,
    steady: false,
  });
  watchReady(step, record);
}

export const INSTALLING: Cells<'INSTALLING'> = {
  START: want,
  RESTART: restartLive,
  STOP: stopLive,
  HOLD: holdLive,
  OBSERVED: observedLive,
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  INSTALLING: installs,
  STARTING: (step, { run }) => {
    step.clearTimer('install');
    const record = step.saved({ ...run, phase: 'BOOTING' });
    step.enter({ kind: 'BOOTING', run: record });
    starting(step, { run: record });
  },
  INSTALL_FAILED: installFailed,
  ENDED: (step, { run }, { code, signal }) =>
    startFailed(step, run, 'The installation ended before it was done', {
      code,
      signal,
      reason: 'INSTALL_FAILED',
    }),
  RECOVERED: recoveredBooting,
  NOT_STARTED: beginAgain,
  FOUND_ENDED: foundEnded,
  TIMER: (step, { run }, { timer }) => {
    if (timer === 'gone') return goneLive(step, { run });
    if (timer === 'invalid') return invalidLive(step, { run });
    if (timer !== 'install') return;
    const message = `The installation took longer than ${step.context.times.installTimeout / 1000}s`;
    step.log(run, `${message}, killing it...`);
    step.end(run, 'INSTALL_TIMEOUT', step.unasked({ kind: 'FAILED', why: message, cause: 'CRASH' }));
  },
};

export const BOOTING: Cells<'BOOTING'> = {
  START: want,
  RESTART: restartLive,
  STOP: stopLive,
  HOLD: holdLive,
  OBSERVED: observedLive,
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  QUEUED: enterInstalling,
  INSTALLING: (step, phase) => {
    enterInstalling(step, phase);
    installs(step, phase);
  },
  INSTALL_FAILED: installFailed,
  STARTING: starting,
  STARTED: (step, { run }, { handle, pid }) => boot(step, { ...run, handle, pid }),
  START_FAILED: (step, { run }, { message }) =>
    startFailed(step, run, message, { code: null, signal: null, reason: 'SPAWN_FAILED' }),
  LISTENING: (step, phase, { address }) => {
    if (phase.run.port !== null) ready(step, phase, address);
  },
  SCRIPT_ENDED: scriptEnded,
  ENDED: endedAlone,
  RECOVERED: recoveredBooting,
  NOT_STARTED: beginAgain,
  FOUND_ENDED: foundEnded,
  DIAGNOSED: (step, { run }, { message }) => {
    step.log(run, 'Startup timeout, killing process...');
    step.log(run, message);
    step.end(run, 'STARTUP_TIMEOUT', step.unasked({ kind: 'FAILED', why: message, cause: 'CRASH' }));
  },
  TIMER: (step, phase, { timer }) => {
    if (timer === 'gone') goneLive(step, phase);
    else if (timer === 'invalid') invalidLive(step, phase);
    else if (timer === 'ready') ready(step, phase, null);
    else if (timer === 'startup') step.effect({ do: 'DIAGNOSE', run: phase.run });
  },
};
