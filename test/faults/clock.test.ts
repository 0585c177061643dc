import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Clock } from '../../src/contracts/clock.ts';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { program } from '../support/programs.ts';
import { toehold } from '../support/serve.ts';
import { until } from '../support/until.ts';
import { startServer } from '../support/whole-server.ts';

const HOUR = 3_600_000;
const TEN_YEARS = 3_652 * 24 * HOUR;

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

interface Kept {
  readonly auditLog: { readonly nodes: readonly { action: string; outcome: string }[] };
  readonly events: { readonly nodes: readonly { __typename: string }[] };
}
const KEPT = '{ auditLog(last: 9) { nodes { action outcome } } events(first: 1) { nodes { __typename } } }';

test('the clock is ten years ahead at a start: nothing is removed for its age', async () => {
  const clock = settableClock();
  const server = await startServer({ clock, env: { TOEHOLD_LOG_MAX_AGE: '1h' } });
  const { addApp, ask, app, waitForState, waitForLine, command, restart, appsDir } = server;
  await addApp('counter', { script: program('count', 1, 20), toes: { port: false } });
  await addApp('moved', { script: program('serve') });
  await addApp('removed', { script: program('serve') });
  await waitForLine('counter', 'line 1');
  const moved = await waitForState('moved', 'RUNNING');
  await waitForState('removed', 'RUNNING');
  expect((await command('removeApp', 'removed')).__typename).toBe('RemoveAppSuccess');
  await rename(join(appsDir, 'moved'), join(server.directory, 'moved'));
  await until(async () => (await app('moved')) === null, 'its directory is gone');

  clock.set(TEN_YEARS);
  await restart('detach');
  const { auditLog, events } = await ask<Kept>(KEPT);
  expect(auditLog.nodes.at(-1)).toEqual({ action: 'removeApp', outcome: 'OK' });
  expect(events.nodes[0]?.__typename).toBe('SupervisorStartedEvent');
  expect(await readdir(join(appsDir, '.trash'))).toHaveLength(1);
  await rename(join(server.directory, 'moved'), join(appsDir, 'moved'));
  const back = await waitForState('moved', 'RUNNING');
  expect([back.id, back.port]).toEqual([moved.id, moved.port]);
  await waitForLine('counter', 'line 1');
});

test('a token that has expired stays ended when the clock is set back: here, after a restart, for `toehold token`', async () => {
  const clock = settableClock();
  const { ask, send, restart, directory } = await startServer({ clock, bystander: false });
  const expiresAt = new Date(clock.now() + HOUR).toISOString();
  const { createToken } = await ask<{ createToken: { text: string } }>(
    'mutation ($at: DateTime) { createToken(input: { name: "ci", role: VIEWER, expiresAt: $at }) { ... on CreateTokenSuccess { text } } }',
    { at: expiresAt },
  );
  const authorization = `Bearer ${createToken.text}`;
  const status = async () => (await send('{"query":"{ viewer { name } }"}', { authorization })).status;
  expect(await status()).toBe(200);
  clock.set(HOUR);
  expect(await status()).toBe(401);
  clock.set(-TEN_YEARS);
  expect(await status()).toBe(401);
  await restart('stop');
  expect(await status()).toBe(401);
  // Its own clock is the machine's, an hour before the token's end.
  const list = toehold(['token', 'list', '--json', '--data-dir', directory]);
  expect((await list.ended).code).toBe(0);
  expect(JSON.parse(list.stdout()).map(({ name }: { name: string }) => name)).toEqual(['first']);
});
