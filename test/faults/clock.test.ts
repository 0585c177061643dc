import { expect, test } from 'vitest';
import type { Clock } from '../../src/contracts/clock.ts';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { program } from '../support/programs.ts';
import { startServer } from '../support/whole-server.ts';

const HOUR = 3_600_000;

/** The machine's clock, as somebody sets it. */
function settableClock(): Clock & { set(by: number): void } {
  const clock = createSystemClock();
  let offset = 0;
  return {
    now: () => clock.now() + offset,
    monotonic: clock.monotonic,
    after: clock.after,
    set(by) {
      offset += by;
    },
  };
}

interface Lines {
  readonly app: {
    readonly logs: { readonly nodes: readonly { cursor: string; at: string; text: string }[] };
  };
}
const LOGS = '{ app(by: { name: "counter" }) { logs(last: 1000) { nodes { cursor at text } } } }';

test.for([
  ['back', -HOUR],
  ['forward', HOUR],
] as const)(
  'the clock is set %s an hour: apps, restarts, health checks, logs and streams go on',
  async ([, by]) => {
    const clock = settableClock();
    const { addApp, ask, app, waitForApp, waitForState, waitForLine, command, restart, webSocket, states } =
      await startServer({
        clock,
        env: { TOEHOLD_HEALTH_INTERVAL: '200ms', TOEHOLD_RESTART_DELAYS: '50ms,100ms,2s' },
      });
    await addApp('counter', { script: program('count', 1, 20), toes: { port: false } });
    await addApp('crashing', { script: 'exit 1' });
    const counter = await waitForState('counter', 'RUNNING');
    const { restart: due } = await waitForApp('crashing', 'waits', (one) => one.restart?.attempt === 3);
    const stream = webSocket().iterate<{ logs: { lines?: string[] } }>({
      query: 'subscription { logs(apps: [{ name: "counter" }], last: 0) { ... on LogBatch { lines } } }',
    });
    const nextLine = async (): Promise<string> => {
      for (;;) {
        const { value, done } = await stream.next();
        if (done) throw new Error('the stream ended');
        const [line] = value.data?.logs.lines ?? [];
        if (line !== undefined) return line;
      }
    };
    await nextLine();

    clock.set(by);
    const line = await nextLine();
    expect(line).toMatch(/^line \d+$/);
    // The restart that was due comes when its span has passed, whatever the clock says.
    await waitForApp('crashing', 'has tried again', (one) => (one.restart?.attempt ?? 0) >= 4);
    expect(due).not.toBe(null);
    await waitForApp('bystander', 'is healthy', ({ health }) => health === 'HEALTHY');
    expect((await app('counter'))?.run).toEqual(counter.run);

    // In order, and each once, whatever their times.
    await waitForLine('counter', line);
    const { nodes } = (await ask<Lines>(LOGS)).app.logs;
    const numbers = nodes
      .map(({ text }) => Number(/^line (\d+)$/.exec(text)?.[1]))
      .filter((number) => number > 0);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(new Set(nodes.map(({ cursor }) => cursor)).size).toBe(nodes.length);

    // Another control plane, to which the last one's dates lie in the future (or long past).
    await restart('detach');
    expect((await waitForState('counter', 'RUNNING')).run?.pid).toBe(counter.run?.pid);
    const waiting = await waitForApp('crashing', 'goes on', (one) => one.restart !== null);
    await waitForApp(
      'crashing',
      'tries again',
      (one) => (one.restart?.attempt ?? 0) > (waiting.restart?.attempt ?? 0),
    );
    expect((await command('restartApp', 'counter')).__typename).toBe('RestartAppSuccess');
    expect((await states('counter')).slice(-2)).toEqual(['STARTING', 'RUNNING']);
  },
);
