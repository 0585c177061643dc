import { type Lifecycle, NEW_LIFECYCLE, type Phase, type PhaseOf } from '../../src/core/lifecycle.ts';
import type { LifecycleEvent } from '../../src/core/lifecycle-events.ts';
import type { Run } from '../../src/core/run.ts';
import { DEFAULT_TIMES } from '../../src/core/times.ts';
import { transition } from '../../src/core/transition.ts';
import type { Context } from '../../src/core/transition-draft.ts';

/** The present run of every phase that has one; the next one would be 8. */
export const RUN: Run = {
  id: 7,
  app: 1,
  phase: 'BOOTING',
  cause: 'COMMAND',
  actor: 'anna',
  release: '20260101-000000',
  port: 3001,
  pid: 4711,
  handle: null,
  startedAt: 1_000,
  readyAt: null,
  endedAt: null,
  exit: null,
  recoveries: 0,
};

export const CONTEXT: Context = {
  now: 100_000,
  nextRun: 8,
  app: 1,
  times: DEFAULT_TIMES,
  startupTimeout: DEFAULT_TIMES.startupTimeout,
  restart: 'ON_FAILURE',
  health: { interval: 30_000, failures: 3, startPeriod: 0 },
  boot: 'now',
  chance: 0,
};

/** What a READY phase holds of an app that its checks find well. */
export const WELL: Omit<PhaseOf<'READY'>, 'kind' | 'run'> = {
  health: 'HEALTHY',
  failures: 0,
  address: '127.0.0.1',
  passed: true,
  unclear: null,
  steady: false,
};

/** One state for each phase, of an app that is wanted and valid. */
export const PHASES: readonly Phase[] = [
  { kind: 'GONE' },
  { kind: 'INVALID' },
  { kind: 'STOPPED', needsPort: false },
  { kind: 'EXITED', boot: 'now' },
  { kind: 'CLAIMING', run: { id: 7, cause: 'COMMAND', actor: 'anna' } },
  { kind: 'INSTALLING', run: { ...RUN, phase: 'INSTALLING' } },
  { kind: 'BOOTING', run: RUN },
  { kind: 'READY', run: { ...RUN, phase: 'READY' }, ...WELL },
  {
    kind: 'ENDING',
    run: { ...RUN, phase: 'ENDING' },
    why: 'COMMAND',
    next: { kind: 'REST' },
    killed: false,
  },
  { kind: 'BACKOFF', attempt: 2, dueAt: 102_000, cause: 'CRASH' },
];

export function stateIn(phase: Phase, change: Partial<Lifecycle> = {}): Lifecycle {
  return {
    ...NEW_LIFECYCLE,
    present: phase.kind !== 'GONE',
    invalid: phase.kind === 'INVALID' ? 'Missing package.json' : null,
    attempts: phase.kind === 'BACKOFF' ? 2 : 0,
    phase,
    ...change,
  };
}

const run = 7;
const handle = { driver: 'local', version: 1, data: null };

/** Every event, each with every value that a phase may tell apart. */
export const EVENTS: readonly (readonly [title: string, event: LifecycleEvent])[] = [
  ['START', { type: 'START', actor: 'ben' }],
  ['STOP', { type: 'STOP', actor: 'ben' }],
  ['RESTART', { type: 'RESTART', actor: 'ben', cause: 'COMMAND' }],
  ['HOLD for a rename', { type: 'HOLD', operation: 'RENAME', actor: 'ben' }],
  ['HOLD for a shutdown', { type: 'HOLD', operation: 'SHUTDOWN', actor: 'ben' }],
  ['LET_GO', { type: 'LET_GO', operation: 'RENAME' }],
  ['BOOT', { type: 'BOOT', rebooted: false }],
  ['BOOT, reboot', { type: 'BOOT', rebooted: true }],
  ['OBSERVED', { type: 'OBSERVED', invalid: null, releaseChanged: false, cause: 'MANIFEST' }],
  ['OBSERVED, invalid', { type: 'OBSERVED', invalid: 'Bad', releaseChanged: false, cause: 'MANIFEST' }],
  ['OBSERVED, new release', { type: 'OBSERVED', invalid: null, releaseChanged: true, cause: 'MANIFEST' }],
  ['DIRECTORY_GONE', { type: 'DIRECTORY_GONE' }],
  ['DIRECTORY_UNKNOWN', { type: 'DIRECTORY_UNKNOWN' }],
  ['PORT_FREED', { type: 'PORT_FREED' }],
  ['CLAIMED', { type: 'CLAIMED', run, port: 3001, release: null, note: null }],
  ['CLAIM_FAILED', { type: 'CLAIM_FAILED', run, message: 'disk full', exhausted: false }],
  ['CLAIM_FAILED, exhausted', { type: 'CLAIM_FAILED', run, message: 'No available ports', exhausted: true }],
  ['QUEUED', { type: 'QUEUED', run }],
  ['INSTALLING', { type: 'INSTALLING', run }],
  ['STARTING', { type: 'STARTING', run }],
  ['INSTALL_FAILED', { type: 'INSTALL_FAILED', run, message: 'npm ci failed', code: 1, signal: null }],
  ['STARTED', { type: 'STARTED', run, handle, pid: 5 }],
  ['START_FAILED', { type: 'START_FAILED', run, message: 'no directory' }],
  ['LISTENING', { type: 'LISTENING', run, address: '127.0.0.1' }],
  ['SCRIPT_ENDED, 0', { type: 'SCRIPT_ENDED', run, code: 0, signal: null }],
  ['SCRIPT_ENDED, 1', { type: 'SCRIPT_ENDED', run, code: 1, signal: null }],
  ['ENDED, 0', { type: 'ENDED', run, code: 0, signal: null }],
  ['ENDED, 1', { type: 'ENDED', run, code: 1, signal: null }],
  ['RECOVERED', { type: 'RECOVERED', run, handle, pid: 5 }],
  ['NOT_STARTED', { type: 'NOT_STARTED', run }],
  ['FOUND_ENDED, unknown', { type: 'FOUND_ENDED', run, code: null, signal: null, at: null, rebooted: false }],
  ['FOUND_ENDED, reboot', { type: 'FOUND_ENDED', run, code: null, signal: null, at: null, rebooted: true }],
  ['PROBED, passed', { type: 'PROBED', run, outcome: 'PASSED', reason: null }],
  ['PROBED, failed', { type: 'PROBED', run, outcome: 'FAILED', reason: 'GET / answered 500' }],
  ['PROBED, unclear', { type: 'PROBED', run, outcome: 'UNCLEAR', reason: 'GET / answered 404' }],
  ['PROBED, off', { type: 'PROBED', run, outcome: 'OFF', reason: null }],
  ['DIAGNOSED', { type: 'DIAGNOSED', run, message: 'Nothing listens' }],
  ['TIMER install', { type: 'TIMER', timer: 'install' }],
  ['TIMER startup', { type: 'TIMER', timer: 'startup' }],
  ['TIMER ready', { type: 'TIMER', timer: 'ready' }],
  ['TIMER stable', { type: 'TIMER', timer: 'stable' }],
  ['TIMER health', { type: 'TIMER', timer: 'health' }],
  ['TIMER grace', { type: 'TIMER', timer: 'grace' }],
  ['TIMER kill', { type: 'TIMER', timer: 'kill' }],
  ['TIMER restart', { type: 'TIMER', timer: 'restart' }],
  ['TIMER gone', { type: 'TIMER', timer: 'gone' }],
  ['TIMER invalid', { type: 'TIMER', timer: 'invalid' }],
];

/** What a cell of the table does, in a line: the new phase, what changed besides, what is to be done. */
export function summaryOf(state: Lifecycle, event: LifecycleEvent): string {
  const { state: after, effects } = transition(state, event, CONTEXT);
  const changes: string[] = [];
  const { phase, attempts } = after;
  if (JSON.stringify(phase) !== JSON.stringify(state.phase)) {
    changes.push('next' in phase ? `${phase.kind}(${phase.why}, ${nextOf(phase.next)})` : phase.kind);
  }
  if (after.desired !== state.desired) changes.push(`desired ${after.desired}`);
  if (attempts !== state.attempts) changes.push(`attempts ${attempts}`);
  if (after.invalid !== state.invalid) changes.push(`invalid ${after.invalid}`);
  if (after.error !== state.error) changes.push(`error ${after.error}`);
  if (after.present !== state.present) changes.push(after.present ? 'present' : 'absent');
  if (after.hold !== state.hold)
    changes.push(after.hold ? `held, then ${nextOf(after.hold.resume)}` : 'let go');
  const done = effects.flatMap((effect) => {
    if (effect.do === 'CLEAR_TIMER') return [];
    if (effect.do === 'LOG') return [`"${effect.text}"`];
    return [effect.do === 'SET_TIMER' ? `${effect.timer} in ${effect.ms / 1000}s` : effect.do];
  });
  const all = [...changes, ...done];
  return all.length === 0 ? 'ignored' : all.join('; ');
}

function nextOf(next: { kind: string; cause?: string } | null): string {
  if (next === null) return 'as before';
  return next.cause === undefined ? next.kind : `${next.kind} ${next.cause}`;
}
