import type { EventOf } from '../lifecycle-events.ts';
import type { ProcessExit, Run } from '../run.ts';
import type { TransitionDraft } from '../transition-draft.ts';
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
function startFailed(draft: TransitionDraft, run: Run, message: string, exit: Omit<ProcessExit, 'at'>): void {
  const next = draft.unasked({ kind: 'FAILED', why: message, cause: 'CRASH' });
  draft.ended(run, { ...exit, at: draft.context.now }, message, next);
}

function installFailed(
  draft: TransitionDraft,
  { run }: { run: Run },
  event: EventOf<'INSTALL_FAILED'>,
): void {
  const { message, code, signal } = event;
  startFailed(draft, run, message, { code, signal, reason: 'INSTALL_FAILED' });
}

/** Something is to be installed first, now or when its turn comes. */
function enterInstalling(draft: TransitionDraft, { run }: { run: Run }): void {
  draft.enter({ kind: 'INSTALLING', run: draft.saved({ ...run, phase: 'INSTALLING' }) });
}

function installs(draft: TransitionDraft, { run }: { run: Run }): void {
  draft.log(run, 'Installing dependencies...');
  draft.setTimer('install', draft.context.times.installTimeout);
}

/** The script is spawned now. The timer is set again when it was: a driver that never answers must not hold the app for ever. */
function starting(draft: TransitionDraft, { run }: { run: Run }): void {
  draft.log(run, run.port === null ? 'Starting...' : `Starting on port ${run.port}...`);
  draft.setTimer('startup', draft.context.startupTimeout);
}

/** Found at recovery not to have been spawned: the same run begins again. */
function beginAgain(draft: TransitionDraft, { run }: { run: Run }): void {
  const record = draft.saved({ ...run, phase: 'BOOTING', recoveries: run.recoveries + 1 });
  draft.enter({ kind: 'BOOTING', run: record });
  draft.effect({ do: 'BEGIN', run: record });
  watchInvalid(draft);
}

function recoveredBooting(draft: TransitionDraft, { run }: { run: Run }, event: EventOf<'RECOVERED'>): void {
  boot(draft, takenOver(run, event));
  watchInvalid(draft);
}

/** It was spawned: it has so long to become ready. */
function boot(draft: TransitionDraft, run: Run): void {
  draft.enter({ kind: 'BOOTING', run: draft.saved({ ...run, phase: 'BOOTING' }) });
  const { times, startupTimeout } = draft.context;
  draft.clearTimer('startup');
  if (run.port === null) draft.setTimer('ready', times.workerReady);
  else draft.setTimer('startup', startupTimeout);
}

function ready(draft: TransitionDraft, { run }: { run: Run }, address: string | null): void {
  draft.clearTimer('startup');
  draft.set({ error: null });
  const record = draft.saved({ ...run, phase: 'READY', readyAt: draft.context.now });
  draft.enter({
    kind: 'READY',
    run: record,
    address,
    health: 'UNKNOWN',
    failures: 0,
    passed: false,
    unclear: null,
    steady: false,
  });
  watchReady(draft, record);
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
  STARTING: (draft, { run }) => {
    draft.clearTimer('install');
    const record = draft.saved({ ...run, phase: 'BOOTING' });
    draft.enter({ kind: 'BOOTING', run: record });
    starting(draft, { run: record });
  },
  INSTALL_FAILED: installFailed,
  ENDED: (draft, { run }, { code, signal }) =>
    startFailed(draft, run, 'The installation ended before it was done', {
      code,
      signal,
      reason: 'INSTALL_FAILED',
    }),
  RECOVERED: recoveredBooting,
  NOT_STARTED: beginAgain,
  FOUND_ENDED: foundEnded,
  TIMER: (draft, { run }, { timer }) => {
    if (timer === 'gone') return goneLive(draft, { run });
    if (timer === 'invalid') return invalidLive(draft, { run });
    if (timer !== 'install') return;
    const message = `The installation took longer than ${draft.context.times.installTimeout / 1000}s`;
    draft.log(run, `${message}, killing it...`);
    draft.end(run, 'INSTALL_TIMEOUT', draft.unasked({ kind: 'FAILED', why: message, cause: 'CRASH' }));
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
  INSTALLING: (draft, phase) => {
    enterInstalling(draft, phase);
    installs(draft, phase);
  },
  INSTALL_FAILED: installFailed,
  STARTING: starting,
  STARTED: (draft, { run }, { handle, pid }) => boot(draft, { ...run, handle, pid }),
  START_FAILED: (draft, { run }, { message }) =>
    startFailed(draft, run, message, { code: null, signal: null, reason: 'SPAWN_FAILED' }),
  LISTENING: (draft, phase, { address }) => {
    if (phase.run.port !== null) ready(draft, phase, address);
  },
  SCRIPT_ENDED: scriptEnded,
  ENDED: endedAlone,
  RECOVERED: recoveredBooting,
  NOT_STARTED: beginAgain,
  FOUND_ENDED: foundEnded,
  DIAGNOSED: (draft, { run }, { message }) => {
    draft.log(run, 'Startup timeout, killing process...');
    draft.log(run, message);
    const why = `${message} after ${draft.context.startupTimeout / 1000}s (toes.startupTimeout)`;
    draft.end(run, 'STARTUP_TIMEOUT', draft.unasked({ kind: 'FAILED', why, cause: 'CRASH' }));
  },
  TIMER: (draft, phase, { timer }) => {
    if (timer === 'gone') goneLive(draft, phase);
    else if (timer === 'invalid') invalidLive(draft, phase);
    else if (timer === 'ready') ready(draft, phase, null);
    else if (timer === 'startup') draft.effect({ do: 'DIAGNOSE', run: phase.run });
  },
};
