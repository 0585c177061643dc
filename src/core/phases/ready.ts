import { PATH_HINT } from '../health-check.ts';
import type { PhaseOf } from '../lifecycle.ts';
import type { EventOf } from '../lifecycle-events.ts';
import { afterSteadySpan, NO_RESTARTS } from '../restarts.ts';
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

function probed(
  draft: TransitionDraft,
  phase: PhaseOf<'READY'>,
  { outcome, reason }: EventOf<'PROBED'>,
): void {
  if (outcome === 'FAILED') return failed(draft, phase, reason);
  if (outcome === 'UNCLEAR' && phase.passed) return failed(draft, phase, `${reason}${PATH_HINT}`);
  const health = outcome === 'PASSED' ? 'HEALTHY' : 'UNKNOWN';
  const passed = phase.passed || outcome === 'PASSED';
  const unclear = outcome === 'UNCLEAR' ? reason : null;
  const isSame =
    health === phase.health && phase.failures === 0 && passed === phase.passed && unclear === phase.unclear;
  // The same again is not committed: a healthy app costs no disk writes.
  if (!isSame) draft.enter({ ...phase, health, failures: 0, passed, unclear });
  if (phase.steady && draft.lifecycle.attempts > 0) draft.set(NO_RESTARTS);
  draft.setTimer('health', draft.context.health.interval);
}

function failed(draft: TransitionDraft, phase: PhaseOf<'READY'>, reason: string | null): void {
  const { run } = phase;
  const { health, now, times } = draft.context;
  const why = reason === null ? '' : `: ${reason}`;
  const isStarting = !phase.passed && now - (run.readyAt ?? now) < health.startPeriod;
  const failures = isStarting ? 0 : phase.failures + 1;
  if (isStarting) {
    draft.log(run, `Health check failed in the start period${why}`);
    if (phase.steady) draft.enter({ ...phase, steady: false });
  } else {
    draft.log(run, `Health check failed (${failures}/${health.failures})${why}`);
    draft.enter({ ...phase, health: 'UNHEALTHY', failures, unclear: null, steady: false });
  }
  if (failures < health.failures) {
    draft.setTimer('stable', times.stableAfter);
    draft.setTimer('health', health.interval);
    return;
  }
  draft.log(run, 'Too many health check failures, restarting...');
  const message = `${failures} health checks in a row failed${why}`;
  draft.end(run, 'UNHEALTHY', draft.unasked({ kind: 'FAILED', why: message, cause: 'HEALTH' }));
}

/** It has been ready for so long, and no check has failed meanwhile. Where there are checks, one must still pass. */
function heldOn(draft: TransitionDraft, phase: PhaseOf<'READY'>): void {
  if (draft.lifecycle.attempts === 0) return;
  if (afterSteadySpan(phase) === 'STABLE') draft.set(NO_RESTARTS);
  else draft.enter({ ...phase, steady: true });
}

export const READY: Cells<'READY'> = {
  START: want,
  RESTART: restartLive,
  STOP: stopLive,
  HOLD: holdLive,
  OBSERVED: observedLive,
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  // Reported again for a run that was recovered.
  LISTENING: (draft, phase, { address }) => {
    if (address !== phase.address) draft.enter({ ...phase, address });
  },
  SCRIPT_ENDED: scriptEnded,
  ENDED: endedAlone,
  RECOVERED: (draft, phase, event) => {
    const run = draft.saved(takenOver(phase.run, event));
    draft.enter({ ...phase, run });
    watchReady(draft, run);
    watchInvalid(draft);
  },
  NOT_STARTED: (draft, phase) =>
    foundEnded(draft, phase, {
      type: 'FOUND_ENDED',
      run: phase.run.id,
      code: null,
      signal: null,
      at: null,
      rebooted: false,
    }),
  FOUND_ENDED: foundEnded,
  PROBED: probed,
  TIMER: (draft, phase, { timer }) => {
    if (timer === 'gone') goneLive(draft, phase);
    else if (timer === 'invalid') invalidLive(draft, phase);
    else if (timer === 'stable') heldOn(draft, phase);
    else if (timer === 'health') draft.effect({ do: 'PROBE', run: phase.run, address: phase.address });
  },
};
