import { describe, expect, it } from 'vitest';
import {
  BEN,
  BROKEN,
  ends,
  eventsOf,
  lineOf,
  NEW,
  OLD,
  runOf,
  stageWith,
  WAIT,
  withManifest,
} from './given.ts';

const stage = stageWith(['blog']);
const blog = { name: 'blog' };
const seqNow = () => stage().journal().at(-1)?.seq ?? 0;

describe('the journal', () => {
  it('has the events of an app from its first observation on', () => {
    expect(eventsOf(stage(), 'blog')).toEqual([
      'AppAdded',
      'STOPPED → STARTING',
      'PortAssigned 3001 after null',
      'STARTING → RUNNING',
    ]);
    expect(stage().journal().map(lineOf)[0]).toBe('SupervisorStarted');
  });

  it('has the end of a run before the state that follows, and the date of a restart after it', async () => {
    const seq = seqNow();
    await ends(stage(), 'blog', 1);
    expect(eventsOf(stage(), 'blog', seq)).toEqual([
      'RunEnded EXITED 1',
      'RUNNING → BACKOFF',
      'AppUpdated ERROR',
      'RestartScheduled 1',
    ]);
  });

  it('has the end of a run whose start failed', async () => {
    stage().driver.behave('*', { start: { exits: 3 } });
    const seq = seqNow();
    await stage().control.supervisor.restart(blog, BEN);
    await stage().settle();
    expect(eventsOf(stage(), 'blog', seq)).toEqual([
      'RUNNING → STOPPING',
      'RunEnded STOPPED 143',
      'STOPPING → STARTING',
      'RunEnded EXITED 3',
      'STARTING → BACKOFF',
      'AppUpdated ERROR',
      'RestartScheduled 1',
    ]);
  });

  it('names the fields of an app that changed, each change once', async () => {
    const seq = seqNow();
    stage().folders.put('blog', withManifest({ icon: '🐢', tool: 'Tools', warnings: ['odd'] }));
    await stage().settle();
    await stage().clock.advance(30_000);
    await stage().control.supervisor.stop(blog, WAIT);
    stage().folders.put('blog', { release: OLD });
    await stage().settle();
    expect(eventsOf(stage(), 'blog', seq)).toEqual([
      'AppUpdated ICON TOOL WARNINGS',
      'AppUpdated HEALTH',
      'RUNNING → STOPPING',
      'AppUpdated HEALTH DESIRED_STATE',
      'RunEnded STOPPED 143',
      'STOPPING → STOPPED',
      'AppUpdated RELEASE',
    ]);
  });

  it('has no event where nothing has changed', async () => {
    await stage().control.supervisor.stop(blog, WAIT);
    const seq = seqNow();
    await stage().control.supervisor.stop(blog, WAIT);
    stage().folders.put('blog');
    await stage().clock.advance(120_000);
    expect(seqNow()).toBe(seq);
  });

  it('names the actor of a command, and the supervisor as the actor of all else', async () => {
    const seq = seqNow();
    await stage().control.supervisor.restart(blog, { actor: 'anna' });
    await stage().settle();
    const actors = stage()
      .journal()
      .filter((event) => event.seq > seq)
      .map((event) => [event.actor, lineOf(event)]);
    expect(actors).toEqual([
      ['anna', 'RUNNING → STOPPING'],
      ['supervisor', 'RunEnded STOPPED 143'],
      ['supervisor', 'STOPPING → STARTING'],
      ['supervisor', 'STARTING → RUNNING'],
    ]);
    expect(runOf(stage(), 'blog').actor).toBe('anna');
  });

  it('names the run of a state change: the one that begins, or the one that has ended', async () => {
    const first = runOf(stage(), 'blog').id;
    const seq = seqNow();
    await ends(stage(), 'blog', 1);
    await stage().clock.advance(1_000);
    const runs = stage()
      .journal()
      .flatMap(({ seq: at, fact }) =>
        at > seq && fact.type === 'AppStateChanged' ? [[fact.to, fact.run]] : [],
      );
    expect(runs).toEqual([
      ['BACKOFF', first],
      ['STARTING', null],
      ['RUNNING', runOf(stage(), 'blog').id],
    ]);
  });

  it('goes on over restarts of the control plane: no number is used twice', async () => {
    const before = stage().journal();
    await stage().crash();
    const after = stage().journal();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.at(-1)?.seq).toBeGreaterThan(before.at(-1)?.seq ?? 0);
    expect(stage().events.endOfEpoch(1)).toBe(before.at(-1)?.seq);
  });

  it('an app’s revision grows with every change that a client can see, and with no other', async () => {
    const { supervisor } = stage().control;
    const shown = () => {
      const { revision, ...rest } = stage().app('blog');
      return { revision, rest: JSON.stringify(rest) };
    };
    let last = shown();
    const actions: (() => unknown)[] = [
      () => ends(stage(), 'blog', 1),
      () => stage().clock.advance(1_000),
      () => stage().clock.advance(30_000),
      () => supervisor.setIcon(blog, '🦊', BEN),
      () => supervisor.setIcon(blog, '🦊', BEN),
      () => stage().folders.put('blog', { release: OLD }),
      () => stage().folders.put('blog', { release: NEW }),
      () => supervisor.restart(blog, BEN),
      () => stage().folders.put('blog', BROKEN),
      () => stage().folders.put('blog', withManifest()),
      () => supervisor.stop(blog, BEN),
      () => supervisor.stop(blog, BEN),
      () => stage().crash(),
      () => supervisor.start(blog, BEN),
      () => supervisor.start(blog, BEN),
      () => stage().clock.advance(61_000),
    ];
    for (const [index, action] of actions.entries()) {
      await action();
      await stage().settle();
      const now = shown();
      if (now.rest === last.rest) expect(now.revision, `action ${index}`).toBe(last.revision);
      else expect(now.revision, `action ${index}`).toBeGreaterThan(last.revision);
      last = now;
    }
  });
});

describe('B-27: listeners of the journal', () => {
  it('one that throws does no harm, and the others are called', async () => {
    const woken: string[] = [];
    stage().events.onMore(() => {
      throw new Error('the reader’s own fault');
    });
    stage().events.onMore(() => woken.push('other'));
    await stage().control.supervisor.restart(blog, WAIT);
    await stage().settle();
    expect(stage().app('blog').state).toBe('RUNNING');
    expect(woken.length).toBeGreaterThan(0);
    expect(stage().problems[0]).toMatch(/a listener of the journal threw/);
  });

  it('are called once for many events, after the commit, and not after they have ended', async () => {
    let woken = 0;
    let seen = 0;
    const end = stage().events.onMore(() => {
      woken++;
      seen = stage().events.last();
    });
    const before = stage().events.last();
    stage().folders.put('blog', withManifest({ icon: '🦊' }));
    for (let index = 0; index < 50; index++) stage().folders.put(`app-${index}`, BROKEN);
    await stage().settle();
    expect(stage().events.last() - before).toBeGreaterThanOrEqual(101);
    expect(seen).toBe(stage().events.last());
    expect(woken).toBeLessThan(10);
    end();
    woken = 0;
    await stage().control.supervisor.restart(blog, WAIT);
    await stage().settle();
    expect(woken).toBe(0);
  });

  it('one that ends another while it is called does no harm', async () => {
    const ended: (() => void)[] = [];
    ended.push(
      stage().events.onMore(() => {
        for (const end of ended) end();
      }),
    );
    ended.push(stage().events.onMore(() => {}));
    await stage().control.supervisor.restart(blog, WAIT);
    await stage().settle();
    expect(stage().problems).toEqual([]);
  });
});
