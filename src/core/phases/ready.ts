import type { PhaseOf } from '../lifecycle.ts';
import type { EventOf } from '../lifecycle-events.ts';
import type { Step } from '../step.ts';
import { HEALTH_FAILURES } from '../times.ts';
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
  const message = `${failures} health checks in a row failed${why}`;
  step.end(run, 'UNHEALTHY', step.unasked({ kind: 'FAILED', why: message, cause: 'HEALTH' }));
}

export const READY: Cells<'READY'> = {
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
    else if (timer === 'stable') step.set({ attempts: 0 });
    else if (timer === 'health') step.effect({ do: 'PROBE', run: phase.run });
  },
};
