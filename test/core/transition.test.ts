import { describe, expect, it } from 'vitest';
import { type Lifecycle, type Next, type Phase, takenUp } from '../../src/core/lifecycle.ts';
import type { LifecycleEvent } from '../../src/core/lifecycle-events.ts';
import { handles, transition } from '../../src/core/transition.ts';
import { CONTEXT, EVENTS, PHASES, RUN, stateIn, summaryOf, WELL } from './lifecycle-cases.ts';
import { LIFECYCLE_TABLE } from './lifecycle-table.ts';

const AFTER_RENAME: Next = { kind: 'START', cause: 'RENAME', actor: 'ben' };
const LET_GO_HOLD: Partial<Lifecycle> = { hold: { operation: 'RENAME', resume: AFTER_RENAME } };

describe('the table of phases and events', () => {
  for (const phase of PHASES) {
    it(`${phase.kind} answers every event as the table says`, () => {
      const found = Object.fromEntries(
        EVENTS.map(([title, event]) => {
          const state = stateIn(phase, title === 'LET_GO' ? LET_GO_HOLD : {});
          return [title, summaryOf(state, event)];
        }),
      );
      expect(found).toEqual(LIFECYCLE_TABLE[phase.kind]);
    });

    it(`B-10: ${phase.kind} ignores every event of another run`, () => {
      for (const [, event] of EVENTS) {
        if (!('run' in event)) continue;
        const state = stateIn(phase);
        expect(transition(state, { ...event, run: RUN.id - 1 } as LifecycleEvent, CONTEXT)).toEqual({
          state,
          effects: [],
          facts: [],
          runs: [],
        });
      }
    });
  }

  it('has a case for every event type that the table handles', () => {
    const types = new Set(EVENTS.map(([, event]) => event.type));
    const handled = PHASES.flatMap(({ kind }) => [...types].filter((type) => handles(kind, type)));
    expect(new Set(handled)).toEqual(types);
  });
});

/** The state after a sequence of events. */
function play(state: Lifecycle, ...events: LifecycleEvent[]): Lifecycle {
  return events.reduce((now, event) => transition(now, event, CONTEXT).state, state);
}

const start: LifecycleEvent = { type: 'START', actor: 'ben' };
const stop: LifecycleEvent = { type: 'STOP', actor: 'ben' };
const restart: LifecycleEvent = { type: 'RESTART', actor: 'ben', cause: 'COMMAND' };
const ended: LifecycleEvent = { type: 'ENDED', run: RUN.id, code: 143, signal: 'SIGTERM' };
const ready = stateIn({ kind: 'READY', run: RUN, ...WELL, health: 'UNKNOWN', passed: false });

describe('commands', () => {
  it('B-12: the last of start, stop and restart decides while the app stops', () => {
    expect(play(ready, stop, start, ended).phase.kind).toBe('CLAIMING');
    expect(play(ready, stop, restart, ended).phase.kind).toBe('CLAIMING');
    expect(play(ready, restart, stop, ended).phase.kind).toBe('STOPPED');
    expect(play(ready, stop, start, stop, ended).phase.kind).toBe('STOPPED');
  });

  it('A20: an invalid manifest ends a run after 5 s, counted from when it turned invalid', () => {
    const invalid = (why: string | null): LifecycleEvent => ({
      ...{ type: 'OBSERVED', invalid: why, releaseChanged: false, cause: 'MANIFEST' },
    });
    const due: LifecycleEvent = { type: 'TIMER', timer: 'invalid' };
    for (const phase of PHASES.filter(({ kind }) => ['INSTALLING', 'BOOTING', 'READY'].includes(kind))) {
      const doubted = play(stateIn(phase), invalid('Bad'));
      expect(doubted).toMatchObject({ invalid: 'Bad', phase: { kind: phase.kind } });
      // Another error does not begin the time anew, and a valid manifest ends it.
      expect(transition(doubted, invalid('Worse'), CONTEXT).effects).toEqual([
        { do: 'CLEAR_TIMER', timer: 'gone' },
      ]);
      expect(transition(doubted, invalid(null), CONTEXT).effects).toContainEqual({
        ...{ do: 'CLEAR_TIMER', timer: 'invalid' },
      });
      const { state, effects } = transition(doubted, due, CONTEXT);
      expect(state.phase).toMatchObject({ kind: 'ENDING', why: 'MANIFEST', next: { cause: 'MANIFEST' } });
      expect(effects).toContainEqual({ do: 'LOG', run: 7, text: 'Invalid for 5s: Bad' });
      // A restart could start nothing, so it ends nothing.
      expect(play(doubted, { type: 'RESTART', actor: 'ben', cause: 'COMMAND' }).phase).toEqual(phase);
    }
  });

  it('A20: the next control plane gives an invalid manifest its 5 s anew', () => {
    const found = EVENTS.filter(([title]) => title === 'RECOVERED' || title === 'NOT_STARTED');
    for (const phase of PHASES.filter(({ kind }) => ['INSTALLING', 'BOOTING', 'READY'].includes(kind))) {
      for (const [title, event] of found) {
        if (phase.kind === 'READY' && title === 'NOT_STARTED') continue;
        const { effects } = transition(stateIn(phase, { invalid: 'Bad' }), event, CONTEXT);
        expect(effects).toContainEqual({ do: 'SET_TIMER', timer: 'invalid', ms: 5_000 });
      }
    }
  });

  it('B-12: what is commanded during a rename decides what runs afterwards', () => {
    const hold: LifecycleEvent = { type: 'HOLD', operation: 'RENAME', actor: 'ben' };
    const letGo: LifecycleEvent = { type: 'LET_GO', operation: 'RENAME' };
    expect(play(ready, hold, ended, letGo).phase.kind).toBe('CLAIMING');
    expect(play(ready, hold, stop, ended, letGo).phase.kind).toBe('STOPPED');
    expect(play(ready, hold, ended, stop, letGo).phase.kind).toBe('STOPPED');
    expect(play(ready, hold, ended, stop, start, letGo).phase.kind).toBe('CLAIMING');
    const stopped = stateIn({ kind: 'STOPPED', needsPort: false }, { desired: 'STOPPED' });
    expect(play(stopped, hold, letGo).phase.kind).toBe('STOPPED');
    expect(play(stopped, hold, start, letGo).phase.kind).toBe('CLAIMING');
  });

  it('B-11: a rename keeps a restart that is due, with its attempt and its time', () => {
    const backoff = stateIn({ kind: 'BACKOFF', attempt: 4, dueAt: CONTEXT.now + 3_000, cause: 'CRASH' });
    const held = play(backoff, { type: 'HOLD', operation: 'RENAME', actor: 'ben' });
    const { state, effects } = transition(held, { type: 'LET_GO', operation: 'RENAME' }, CONTEXT);
    expect(state.phase).toEqual(backoff.phase);
    expect(effects).toEqual([{ do: 'SET_TIMER', timer: 'restart', ms: 3_000 }]);
  });

  it('lets go only of the hold that it names', () => {
    const held = play(ready, { type: 'HOLD', operation: 'RENAME', actor: 'ben' });
    const shut = play(held, { type: 'HOLD', operation: 'SHUTDOWN', actor: 'supervisor' }, ended);
    expect(play(shut, { type: 'LET_GO', operation: 'RENAME' }).phase.kind).toBe('STOPPED');
  });

  it('B-28: a shutdown holds back what was about to start', () => {
    const shutdown: LifecycleEvent = { type: 'HOLD', operation: 'SHUTDOWN', actor: 'supervisor' };
    const restarting = play(ready, restart, shutdown, ended);
    expect(restarting).toMatchObject({ desired: 'RUNNING', phase: { kind: 'STOPPED' } });
    const claiming = stateIn({ kind: 'CLAIMING', run: RUN });
    expect(play(claiming, shutdown).phase.kind).toBe('STOPPED');
  });
});

describe('ends of runs', () => {
  it('A13: kills after the grace, and says so in the exit', () => {
    const ending = play(ready, stop, { type: 'TIMER', timer: 'grace' });
    const { runs } = transition(ending, { type: 'ENDED', run: RUN.id, code: null, signal: null }, CONTEXT);
    expect(runs.at(-1)?.exit).toMatchObject({ code: null, signal: 'SIGKILL', reason: 'KILLED' });
  });

  it('B-9: a health kill of an app that exits 0 on SIGTERM is restarted', () => {
    const failing = stateIn({ kind: 'READY', run: RUN, ...WELL, health: 'UNHEALTHY', failures: 2 });
    const probe: LifecycleEvent = { type: 'PROBED', run: RUN.id, outcome: 'FAILED', reason: null };
    const stopped = play(failing, probe, { type: 'ENDED', run: RUN.id, code: 0, signal: null });
    expect(stopped.phase).toMatchObject({ kind: 'BACKOFF', cause: 'HEALTH' });
  });

  it('B-29: a health check that was in flight at a stop says nothing about the next run', () => {
    const probe: LifecycleEvent = { type: 'PROBED', run: RUN.id, outcome: 'FAILED', reason: null };
    const next = stateIn({ kind: 'READY', run: { ...RUN, id: 8 }, ...WELL });
    expect(play(next, probe)).toEqual(next);
  });

  it('A15: restarts after 1, 2, 4, 8, 16, 32, 32 seconds', () => {
    let state = ready;
    const delays: number[] = [];
    for (let attempt = 1; attempt <= 7; attempt++) {
      const crashed = transition(state, { type: 'ENDED', run: RUN.id, code: 1, signal: null }, CONTEXT);
      const timer = crashed.effects.find((effect) => effect.do === 'SET_TIMER');
      delays.push(timer?.do === 'SET_TIMER' ? timer.ms / 1000 : -1);
      state = { ...crashed.state, phase: ready.phase };
    }
    expect(delays).toEqual([1, 2, 4, 8, 16, 32, 32]);
  });

  it('A2: the count of restarts is 0 again once an app has been ready for a while, and a check passes then', () => {
    const stable: LifecycleEvent = { type: 'TIMER', timer: 'stable' };
    const passed: LifecycleEvent = { type: 'PROBED', run: RUN.id, outcome: 'PASSED', reason: null };
    const fails: LifecycleEvent = { type: 'PROBED', run: RUN.id, outcome: 'FAILED', reason: null };
    const tried = { ...ready, attempts: 5 };
    expect(play(tried, passed, stable).attempts).toBe(5);
    expect(play(tried, passed, stable, passed).attempts).toBe(0);
    expect(play(tried, stable, fails, passed).attempts).toBe(5);
    const worker = stateIn({ kind: 'READY', run: { ...RUN, port: null }, ...WELL }, { attempts: 5 });
    expect(play(worker, stable).attempts).toBe(0);
  });

  it('takes up what an earlier version wrote of a ready app', () => {
    const old = { kind: 'READY', run: RUN, health: 'HEALTHY', failures: 0 } as unknown as Phase;
    const { phase } = takenUp(stateIn(old));
    expect(phase).toEqual({ ...old, address: null, passed: true, unclear: null, steady: false });
  });

  it('A15: a restart that an earlier control plane scheduled is put off no longer than the longest delay', () => {
    const due = CONTEXT.now + 3_600_000;
    const backoff = stateIn({ kind: 'BACKOFF', attempt: 1, dueAt: due, cause: 'CRASH' });
    expect(transition(backoff, { type: 'BOOT', rebooted: false }, CONTEXT).effects).toEqual([
      { do: 'SET_TIMER', timer: 'restart', ms: 38_400 },
    ]);
  });

  it('every timer of a run dies with it', () => {
    const timers = new Set(['install', 'startup', 'ready', 'stable', 'health', 'grace', 'kill', 'invalid']);
    const { effects } = transition(ready, ended, CONTEXT);
    const cleared = effects.flatMap((effect) => (effect.do === 'CLEAR_TIMER' ? [effect.timer] : []));
    expect(new Set(cleared)).toEqual(new Set([...timers, 'restart']));
  });
});
