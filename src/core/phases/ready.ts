import { PATH_HINT } from '../health-check.ts';
import type { PhaseOf } from '../lifecycle.ts';
import type { EventOf } from '../lifecycle-events.ts';
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

function probed(step: Step, phase: PhaseOf<'READY'>, { outcome, reason }: EventOf<'PROBED'>): void {
  if (outcome === 'FAILED') return failed(step, phase, reason);
  if (outcome === 'UNCLEAR' && phase.passed) return failed(step, phase, `${reason}${PATH_HINT}`);
  const health = outcome === 'PASSED' ? 'HEALTHY' : 'UNKNOWN';
  const passed = phase.passed || outcome === 'PASSED';
  const unclear = outcome === 'UNCLEAR' ? reason : null;
  const isSame =
    health === phase.health && phase.failures === 0 && passed === phase.passed && unclear === phase.unclear;
  // The same again is not written down: an app that is well costs the disk nothing.
  if (!isSame) step.enter({ ...phase, health, failures: 0, passed, unclear });
  if (phase.steady && step.lifecycle.attempts > 0) step.set({ attempts: 0 });
  step.setTimer('health', step.context.health.interval);
}

function failed(step: Step, phase: PhaseOf<'READY'>, reason: string | null): void {
  const { run } = phase;
  const { health, now, times } = step.context;
  const why = reason === null ? '' : `: ${reason}`;
  const isStarting = !phase.passed && now - (run.readyAt ?? now) < health.startPeriod;
  const failures = isStarting ? 0 : phase.failures + 1;
  if (isStarting) {
    step.log(run, `Health check failed in the start period${why}`);
    if (phase.steady) step.enter({ ...phase, steady: false });
  } else {
    step.log(run, `Health check failed (${failures}/${health.failures})${why}`);
    step.enter({ ...phase, health: 'UNHEALTHY', failures, unclear: null, steady: false });
  }
  if (failures < health.failures) {
    step.setTimer('stable', times.stableAfter);
    step.setTimer('health', health.interval);
    return;
  }
  step.log(run, 'Too many health check failures, restarting...');
  const message = `${failures} health checks in a row failed${why}`;
  step.end(run, 'UNHEALTHY', step.unasked({ kind: 'FAILED', why: message, cause: 'HEALTH' }));
}

/** It has been ready for so long, and no check has failed meanwhile. Where there are checks, one must still pass. */
function heldOn(step: Step, phase: PhaseOf<'READY'>): void {
  if (step.lifecycle.attempts === 0) return;
  if (phase.run.port === null) step.set({ attempts: 0 });
  else step.enter({ ...phase, steady: true });
}

export const READY: Cells<'READY'> = {
  START: want,
  RESTART: restartLive,
  STOP: stopLive,
  HOLD: holdLive,
  OBSERVED: observedLive,
  DIRECTORY_GONE: watchGone,
  DIRECTORY_UNKNOWN: unwatchGone,
  // Told again of a run that was recovered.
  LISTENING: (step, phase, { address }) => {
    if (address !== phase.address) step.enter({ ...phase, address });
  },
  SCRIPT_ENDED: scriptEnded,
  ENDED: endedAlone,
  RECOVERED: (step, phase, event) => {
    const run = step.saved(takenOver(phase.run, event));
    step.enter({ ...phase, run });
    watchReady(step, run);
    watchInvalid(step);
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
    else if (timer === 'invalid') invalidLive(step, phase);
    else if (timer === 'stable') heldOn(step, phase);
    else if (timer === 'health') step.effect({ do: 'PROBE', run: phase.run, address: phase.address });
  },
};
