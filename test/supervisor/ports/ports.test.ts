import { describe, expect, it } from 'vitest';
import { createStage } from '../../support/stage.ts';
import { BEN, ends, eventsOf, later, portOf, runOf, stageWith, WAIT, withManifest } from '../given.ts';

const NC = { pid: 4711, command: 'nc -l' };

describe('A17: ports', () => {
  const stage = stageWith(['blog', 'chat']);
  const blog = { name: 'blog' };

  it('a new app gets the lowest free one', () => {
    expect([portOf(stage(), 'blog'), portOf(stage(), 'chat')]).toEqual([3001, 3002]);
    expect(eventsOf(stage(), 'blog')).toContain('PortAssigned 3001 after null');
  });

  it('an app gets no port that another program holds', async () => {
    stage().foreign.set(3003, NC);
    stage().folders.put('shop');
    await stage().settle();
    expect(portOf(stage(), 'shop')).toBe(3004);
    expect(eventsOf(stage(), 'shop')).not.toContain('PortConflict 3003');
  });

  it('an app keeps its own through restart, stop, crash, rename and a kill of the control plane', async () => {
    const { supervisor } = stage().control;
    await supervisor.restart({ name: 'chat' }, WAIT);
    expect(runOf(stage(), 'chat').port).toBe(3002);
    await supervisor.stop(blog, WAIT);
    await ends(stage(), 'chat', 1);
    await stage().clock.advance(1_000);
    expect(runOf(stage(), 'chat').port).toBe(3002);
    await supervisor.rename({ name: 'chat' }, 'talk', BEN);
    await stage().settle();
    await stage().crash();
    await stage().settle();
    expect(runOf(stage(), 'talk').port).toBe(3002);
    expect(portOf(stage(), 'blog')).toBe(3001);
    // No other app gets the port of a stopped app.
    stage().folders.put('shop');
    await stage().settle();
    expect(portOf(stage(), 'shop')).toBe(3003);
  });

  it('the port of a removed app is given to the next', async () => {
    await stage().control.supervisor.remove(blog, BEN);
    stage().folders.put('shop');
    await stage().settle();
    expect(portOf(stage(), 'shop')).toBe(3001);
  });

  /** Who listens on the app's port. */
  async function useOf(app: string) {
    const { supervisor } = stage().control;
    const port = supervisor.portOf(stage().app(app).id);
    if (!port) throw new Error(`${app} has no port`);
    return supervisor.portUse(port);
  }

  it('are shown with the process that listens', async () => {
    const { supervisor } = stage().control;
    await supervisor.stop(blog, WAIT);
    const [first, second] = supervisor.ports();
    expect(first).toMatchObject({ port: 3001, app: stage().app('blog').id });
    expect(second).toMatchObject({ port: 3002, app: stage().app('chat').id });
    expect(await useOf('blog')).toEqual({ state: 'RESERVED', holder: null });
    const pid = 100_000 + runOf(stage(), 'chat').id;
    expect(await useOf('chat')).toEqual({ state: 'BOUND', holder: { pid, command: 'app' } });
    stage().foreign.set(3001, NC);
    expect(await useOf('blog')).toEqual({ state: 'CONFLICT', holder: NC });
    expect(supervisor.portById(second?.id ?? 0)).toEqual(second);
    expect(supervisor.portById(999)).toBeNull();
    expect(supervisor.portOf(999)).toBeNull();
  });

  it('are listed without a look at the system', () => {
    const { supervisor } = stage().control;
    stage().breakProbe = new Error('nobody may look');
    expect(supervisor.ports()).toHaveLength(2);
    expect(supervisor.portOf(stage().app('blog').id)?.port).toBe(3001);
    expect(supervisor.portRange()).toEqual({ min: 3001, max: 3010, assigned: 2 });
    expect(stage().portLooks).toBe(0);
    stage().breakProbe = null;
  });

  it.each([
    ['stops', 'RESERVED'],
    ['restarts', 'BOUND'],
  ])('of an app that %s while it is looked at are no conflict', async (what, state) => {
    const { supervisor } = stage().control;
    // Between the look at the sockets and the look at the run, which was the holder's.
    stage().afterPortLook = async () => {
      stage().afterPortLook = null;
      await (what === 'stops' ? supervisor.stop(blog, WAIT) : supervisor.restart(blog, WAIT));
    };
    expect(await useOf('blog')).toMatchObject({ state });
  });

  it('whose holder is not known are BOUND once the app is ready', async () => {
    stage().foreign.set(3001, { pid: null, command: null });
    expect(await useOf('blog')).toMatchObject({ state: 'BOUND' });
    await stage().control.supervisor.stop(blog, WAIT);
    expect(await useOf('blog')).toMatchObject({ state: 'CONFLICT' });
  });

  it('are counted: those of apps, and those that are free', async () => {
    stage().foreign.set(3010, NC);
    expect(stage().control.supervisor.portRange()).toEqual({ min: 3001, max: 3010, assigned: 2 });
    expect(await stage().control.supervisor.freePorts()).toBe(7);
  });

  it('only a running app has usage', async () => {
    const { supervisor } = stage().control;
    expect(await supervisor.usage(stage().app('blog').id)).toEqual({
      cpuPercent: 0,
      cpuSeconds: 1.5,
      memoryBytes: 1_048_576,
      processes: 1,
    });
    await supervisor.stop(blog, WAIT);
    expect(await supervisor.usage(stage().app('blog').id)).toBeNull();
    expect(await supervisor.usage(999)).toBeNull();
  });
});

describe('A17: the server’s own port', () => {
  it('is given to no app', async () => {
    const stage = createStage({ ports: { min: 3001, max: 3003 }, serverPort: 3002 });
    for (const app of ['a', 'b', 'c']) stage.folders.put(app);
    await stage.start();
    await stage.settle();
    expect([portOf(stage, 'a'), portOf(stage, 'b'), portOf(stage, 'c')]).toEqual([3001, 3003, null]);
    expect(stage.app('c').error).toBe('No available ports');
    // Its log has the line that says so, and is no longer followed.
    expect(stage.finishedLogs).toEqual([3]);
    expect(stage.control.supervisor.portRange()).toMatchObject({ assigned: 2 });
    expect(await stage.control.supervisor.freePorts()).toBe(0);
    await stage.close();
  });
});

describe('B-15: a foreign process on an app’s port', () => {
  const stage = stageWith(['blog']);
  const blog = { name: 'blog' };

  /** Starts the app, which finds its port held until it has taken another one. */
  async function startsUntilItMoves(): Promise<void> {
    await stage().control.supervisor.start(blog, BEN);
    // The restarts after 1, 2, 4, 8, 16 and 32 seconds.
    await stage().clock.advance(63_000);
  }

  it('has one event; the app waits for a minute, and then takes the next free port for life', async () => {
    const { supervisor } = stage().control;
    await supervisor.stop(blog, WAIT);
    const seq = stage().journal().at(-1)?.seq;
    stage().foreign.set(3001, NC);
    stage().foreign.set(3002, { pid: 5, command: null });
    const error =
      'Port 3001 is held by pid 4711 (nc -l): it is tried again, and after 60 s another one is taken';
    expect(await supervisor.start(blog, WAIT)).toMatchObject({ ok: false, error: { message: error } });
    expect(stage().app('blog')).toMatchObject({ state: 'BACKOFF', error, run: null });
    await stage().clock.advance(62_999);
    expect([stage().app('blog').state, portOf(stage(), 'blog')]).toEqual(['BACKOFF', 3001]);
    await stage().clock.advance(1);
    expect(runOf(stage(), 'blog').port).toBe(3003);
    expect(stage().app('blog').error).toBeNull();
    expect(stage().linesOf('blog').slice(-3)).toEqual([
      'Restarting...',
      'Port 3001 is held by pid 4711 (nc -l), taking 3003 for good',
      'Starting on port 3003...',
    ]);
    const ofPorts = eventsOf(stage(), 'blog', seq).filter((line) => line.startsWith('Port'));
    expect(ofPorts).toEqual(['PortConflict 3001', 'PortAssigned 3003 after 3001']);
    const conflict = stage()
      .journal()
      .find(({ fact }) => fact.type === 'PortConflict');
    expect(conflict?.fact).toEqual({ type: 'PortConflict', port: 3001, holder: NC });
    expect(stage().stores.ports.all()).toHaveLength(1);
    stage().foreign.clear();
    await supervisor.restart(blog, WAIT);
    await stage().crash();
    expect(runOf(stage(), 'blog').port).toBe(3003);
  });

  it('A17: that ends within a minute moves no port', async () => {
    await stage().control.supervisor.stop(blog, WAIT);
    stage().foreign.set(3001, NC);
    await stage().control.supervisor.start(blog, BEN);
    await stage().clock.advance(30_000);
    stage().foreign.clear();
    await stage().clock.advance(33_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', error: null, run: { port: 3001 } });
    // A later one is another conflict.
    await ends(stage(), 'blog', 1);
    stage().foreign.set(3001, NC);
    await stage().clock.advance(59_000);
    expect(portOf(stage(), 'blog')).toBe(3001);
  });

  it('A17: that replaces another one begins a new minute', async () => {
    await stage().control.supervisor.stop(blog, WAIT);
    stage().foreign.set(3001, NC);
    await stage().control.supervisor.start(blog, BEN);
    await stage().clock.advance(30_000);
    stage().foreign.set(3001, { pid: 5, command: null });
    await stage().clock.advance(33_000);
    expect([stage().app('blog').state, portOf(stage(), 'blog')]).toEqual(['BACKOFF', 3001]);
    await stage().clock.advance(31_999);
    expect(portOf(stage(), 'blog')).toBe(3001);
    await stage().clock.advance(1);
    expect(runOf(stage(), 'blog').port).toBe(3002);
  });

  it('A17: that a run of the app has left: the app waits for its port without a limit, and takes no other one', async () => {
    const former = 100_000 + runOf(stage(), 'blog').id;
    const { runOf: ask } = stage().driver;
    stage().driver.runOf = async (pid) => (pid === former ? 1 : ask(pid));
    await stage().control.supervisor.stop(blog, WAIT);
    stage().foreign.set(3001, { pid: former, command: 'node server.js' });
    await stage().control.supervisor.start(blog, BEN);
    await stage().clock.advance(3_600_000);
    expect(stage().app('blog')).toMatchObject({
      state: 'BACKOFF',
      error: `Port 3001 is held by pid ${former} (node server.js), which a run of this app has left: it is tried again`,
    });
    expect(stage().stores.ports.all()).toMatchObject([{ port: 3001 }]);
    stage().foreign.clear();
    await stage().clock.advance(32_000);
    expect(runOf(stage(), 'blog').port).toBe(3001);
  });

  it('A17: with toes.restart NEVER the app waits for its port all the same', async () => {
    stage().folders.put('blog', withManifest({ restart: 'NEVER' }));
    await stage().control.supervisor.stop(blog, WAIT);
    stage().foreign.set(3001, NC);
    await startsUntilItMoves();
    expect(runOf(stage(), 'blog').port).toBe(3002);
  });

  it('A17: the minute is measured by a monotonic clock', async () => {
    await stage().control.supervisor.stop(blog, WAIT);
    stage().foreign.set(3001, NC);
    await stage().control.supervisor.start(blog, BEN);
    stage().clock.jump(3_600_000);
    await stage().clock.advance(31_000);
    expect(portOf(stage(), 'blog')).toBe(3001);
  });

  for (const [holder, words] of [
    [{ pid: 5, command: null }, 'pid 5'],
    [{ pid: null, command: null }, 'another program'],
  ] as const) {
    it(`is named as far as it is known: ${words}`, async () => {
      await stage().control.supervisor.stop(blog, WAIT);
      stage().foreign.set(3001, holder);
      await startsUntilItMoves();
      expect(stage().linesOf('blog').at(-2)).toBe(`Port 3001 is held by ${words}, taking 3002 for good`);
    });
  }
});

describe('B-16: no port is free', () => {
  const stage = stageWith(['blog', 'chat', 'shop'], { ports: { min: 3001, max: 3003 } });
  const late = { name: 'late' };

  async function comesLate(): Promise<void> {
    stage().folders.put('late');
    await stage().settle();
    expect(stage().app('late')).toMatchObject({
      state: 'STOPPED',
      desiredState: 'RUNNING',
      error: 'No available ports',
      run: null,
    });
    expect(stage().control.supervisor.runCount(stage().app('late').id)).toBe(0);
  }

  it('the app is STOPPED with that error and no run; the others run on', async () => {
    await comesLate();
    const states = stage()
      .control.supervisor.apps()
      .map(({ name, state }) => `${name} ${state}`);
    expect(states).toEqual(['blog RUNNING', 'chat RUNNING', 'late STOPPED', 'shop RUNNING']);
    expect(stage().problems).toEqual([]);
  });

  it('it is started when an app is removed', async () => {
    await comesLate();
    await stage().control.supervisor.remove({ name: 'chat' }, BEN);
    await stage().settle();
    expect(stage().app('late')).toMatchObject({ state: 'RUNNING', error: null, run: { port: 3002 } });
  });

  it('it is started when a foreign process closes a port', async () => {
    await stage().control.supervisor.remove({ name: 'shop' }, BEN);
    stage().foreign.set(3003, NC);
    await comesLate();
    await stage().clock.advance(60_000);
    const events = stage().journal().length;
    await stage().clock.advance(60_000);
    expect(stage().journal().length, 'waiting has no event').toBe(events);
    stage().foreign.clear();
    await stage().clock.advance(5_000);
    expect(stage().app('late')).toMatchObject({ state: 'RUNNING', run: { port: 3003 } });
  });

  it('it is started when its own port is free again', async () => {
    await stage().control.supervisor.stop({ name: 'blog' }, WAIT);
    stage().foreign.set(3001, NC);
    await stage().control.supervisor.start({ name: 'blog' }, BEN);
    await stage().clock.advance(63_000);
    expect(stage().app('blog')).toMatchObject({ state: 'STOPPED', error: 'No available ports' });
    expect(eventsOf(stage(), 'blog')).toContain('PortConflict 3001');
    stage().foreign.clear();
    await stage().clock.advance(5_000);
    expect(stage().app('blog')).toMatchObject({ state: 'RUNNING', run: { port: 3001 } });
  });

  it('it is started on the port of an app whose directory disappears', async () => {
    await comesLate();
    stage().folders.take('chat');
    await stage().clock.advance(2_000 + 5_000);
    expect(stage().app('late')).toMatchObject({ state: 'RUNNING', run: { port: 3002 } });
  });

  it('it is started when another app is given a port', async () => {
    const wide = createStage({ ports: { min: 3001, max: 3003 } });
    try {
      for (const app of ['blog', 'chat']) wide.folders.put(app);
      await wide.start();
      await wide.settle();
      await wide.control.supervisor.stop({ name: 'chat' }, WAIT);
      wide.foreign.set(3003, NC);
      wide.folders.put('late');
      await wide.settle();
      expect(wide.app('late').state).toBe('STOPPED');
      wide.foreign.clear();
      await wide.control.supervisor.assignPort({ name: 'chat' }, 3003, BEN);
      await wide.settle();
      expect(wide.app('late')).toMatchObject({ state: 'RUNNING', run: { port: 3002 } });
    } finally {
      await wide.close();
    }
  });

  it('it is not started after it was stopped by hand', async () => {
    await comesLate();
    await stage().control.supervisor.stop(late, BEN);
    await stage().control.supervisor.remove({ name: 'chat' }, BEN);
    await stage().clock.advance(60_000);
    expect(stage().app('late').state).toBe('STOPPED');
  });

  it('of many waiting apps, only as many are tried as there are ports', async () => {
    for (const app of ['x', 'y', 'z']) stage().folders.put(app);
    await stage().settle();
    const before = stage().journal().length;
    await stage().control.supervisor.remove({ name: 'chat' }, BEN);
    await stage().settle();
    const states = ['x', 'y', 'z'].map((app) => stage().app(app).state);
    expect(states).toEqual(['RUNNING', 'STOPPED', 'STOPPED']);
    const facts = stage()
      .journal()
      .slice(before)
      .map(({ app }) => app?.name);
    expect(facts).not.toContain('y');
  });

  it('the next control plane starts it, too', async () => {
    await comesLate();
    await stage().crash();
    await stage().settle();
    expect(stage().app('late')).toMatchObject({ state: 'STOPPED', error: 'No available ports' });
    await stage().control.supervisor.remove({ name: 'chat' }, BEN);
    await stage().settle();
    expect(stage().app('late').state).toBe('RUNNING');
  });

  it('it does not look for a port after a shutdown', async () => {
    await comesLate();
    await stage().control.shutdown(false);
    expect(stage().clock.pending()).toBe(0);
  });

  it('a worker starts all the same', async () => {
    stage().folders.put('bot', withManifest({ servesPort: false }));
    await stage().clock.advance(1_000);
    expect(stage().app('bot').state).toBe('RUNNING');
  });

  it('it looks again after a look that failed', async () => {
    await stage().control.supervisor.remove({ name: 'shop' }, BEN);
    stage().foreign.set(3003, NC);
    await comesLate();
    stage().breakProbe = new Error('too many open files');
    await stage().clock.advance(5_000);
    expect(stage().problems[0]).toMatch(/too many open files/);
    stage().breakProbe = null;
    stage().foreign.clear();
    await stage().clock.advance(5_000);
    expect(stage().app('late').state).toBe('RUNNING');
  });
});

describe('two apps racing for the last port', () => {
  it('one gets it, the other waits; no two apps get one port', async () => {
    const stage = createStage({ ports: { min: 3001, max: 3001 } });
    try {
      await stage.start();
      stage.folders.put('one');
      stage.folders.put('two');
      await stage.settle();
      const states = ['one', 'two'].map((app) => stage.app(app).state).sort();
      expect(states).toEqual(['RUNNING', 'STOPPED']);
      expect(stage.stores.ports.all()).toHaveLength(1);
    } finally {
      await stage.close();
    }
  });
});

describe('assignPort', () => {
  const stage = stageWith(['blog', 'chat']);
  const assign = (name: string, port: number) => stage().control.supervisor.assignPort({ name }, port, BEN);

  it('gives an app that does not run another port, for life', async () => {
    await stage().control.supervisor.stop({ name: 'blog' }, WAIT);
    const { revision } = stage().app('blog');
    expect(await assign('blog', 3007)).toMatchObject({ ok: true, value: { name: 'blog' } });
    expect(eventsOf(stage(), 'blog').at(-1)).toBe('PortAssigned 3007 after 3001');
    expect(stage().journal().at(-1)).toMatchObject({ actor: 'ben', app: { name: 'blog' } });
    expect(stage().app('blog').revision).toBeGreaterThan(revision);
    await stage().control.supervisor.start({ name: 'blog' }, WAIT);
    expect(runOf(stage(), 'blog').port).toBe(3007);
    stage().folders.put('shop');
    await stage().settle();
    expect(portOf(stage(), 'shop')).toBe(3001);
  });

  it('of the app’s own port changes nothing', async () => {
    await stage().control.supervisor.stop({ name: 'blog' }, WAIT);
    const before = stage().app('blog');
    const { length } = stage().journal();
    expect(await assign('blog', 3001)).toEqual({ ok: true, value: before });
    expect(stage().journal()).toHaveLength(length);
  });

  for (const port of [0, 3000.5, 3011, 80, -1, Number.NaN, 65_536]) {
    it(`refuses ${port}, which is not in the range`, async () => {
      await stage().control.supervisor.stop({ name: 'blog' }, WAIT);
      expect(await assign('blog', port)).toEqual({
        ok: false,
        error: {
          code: 'INVALID_INPUT',
          message: `Port ${port} is not in the range 3001 to 3010`,
          path: ['port'],
        },
      });
    });
  }

  it('refuses a port of another app, of a foreign process, which it names, and of the server', async () => {
    await stage().control.supervisor.stop({ name: 'blog' }, WAIT);
    expect(await assign('blog', 3002)).toEqual({
      ok: false,
      error: { code: 'PORT_UNAVAILABLE', message: 'Port 3002 is held by another app', holder: null },
    });
    stage().foreign.set(3005, NC);
    expect(await assign('blog', 3005)).toEqual({
      ok: false,
      error: { code: 'PORT_UNAVAILABLE', message: 'Port 3005 is held by pid 4711 (nc -l)', holder: NC },
    });
    const own = createStage({ serverPort: 3004 });
    try {
      own.folders.put('blog');
      await own.start();
      await own.settle();
      await own.control.supervisor.stop({ name: 'blog' }, WAIT);
      expect(await own.control.supervisor.assignPort({ name: 'blog' }, 3004, BEN)).toEqual({
        ok: false,
        error: { code: 'PORT_UNAVAILABLE', message: "Port 3004 is the control plane's own", holder: null },
      });
    } finally {
      await own.close();
    }
    expect(portOf(stage(), 'blog')).toBe(3001);
  });

  it('refuses an app that runs, starts or stops', async () => {
    expect(await assign('blog', 3007)).toEqual({
      ok: false,
      error: { code: 'APP_BUSY', message: 'blog is RUNNING: stop it first', state: 'RUNNING' },
    });
    stage().driver.behave('*', { stop: 'ignores', start: 'silent' });
    await stage().control.supervisor.restart({ name: 'blog' }, BEN);
    expect(await assign('blog', 3007)).toMatchObject({ error: { code: 'APP_BUSY', state: 'STOPPING' } });
    await stage().clock.advance(10_000);
    expect(await assign('blog', 3007)).toMatchObject({ error: { code: 'APP_BUSY', state: 'STARTING' } });
  });

  it('refuses an app that is taking its port at this moment', async () => {
    await stage().control.supervisor.stop({ name: 'blog' }, WAIT);
    void stage().control.supervisor.start({ name: 'blog' }, BEN);
    expect(await assign('blog', 3007)).toMatchObject({ error: { code: 'APP_BUSY', state: 'STARTING' } });
    await stage().settle();
    expect(runOf(stage(), 'blog').port).toBe(3001);
  });

  it('during a backoff applies to the restart', async () => {
    await ends(stage(), 'blog', 1);
    expect(await assign('blog', 3007)).toMatchObject({ ok: true });
    await stage().clock.advance(1_000);
    expect(runOf(stage(), 'blog').port).toBe(3007);
  });

  it('of one port to two apps at once gives it to one of them', async () => {
    for (const name of ['blog', 'chat']) await stage().control.supervisor.stop({ name }, WAIT);
    const answers = [later(assign('blog', 3007)), later(assign('chat', 3007))];
    await stage().settle();
    expect(answers.map(({ value }) => value)).toEqual([
      expect.objectContaining({ ok: true }),
      {
        ok: false,
        error: { code: 'PORT_UNAVAILABLE', message: 'Port 3007 is held by another app', holder: null },
      },
    ]);
  });
});
