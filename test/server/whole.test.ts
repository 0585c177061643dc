import { expect, it } from 'vitest';
import type { LogsStreamSubscription } from '../generated/graphql.ts';
import { EventsStream, LogsStream } from '../schema/streams/documents.ts';
import { program } from '../support/programs.ts';
import { subscribe } from '../support/streams.ts';
import { startServer } from '../support/whole-server.ts';

type LineStream = ReturnType<typeof subscribe<LogsStreamSubscription>>;

it('shows a real app: its port and holder, URL, usage, log and events', async () => {
  const server = await startServer({ bystander: false });
  const happening = subscribe(server.webSocket(), EventsStream);
  expect((await happening.next()).__typename).toBe('StreamHeartbeat');
  await server.addApp('alpha', { script: program('serve') });
  const running = await happening.find(
    (payload) =>
      payload.__typename === 'EventBatch' &&
      payload.events.some((event) => event.__typename === 'AppStateChangedEvent' && event.to === 'RUNNING'),
  );
  expect(running).toMatchObject({ live: true });

  const { app } = await server.ask<{
    app: {
      url: string;
      port: { port: number; state: string; holder: { pid: number } };
      run: { pid: number };
      usage: { processes: number; memoryBytes: number };
    };
  }>(
    '{ app(by: { name: "alpha" }) { url port { port state holder { pid } } run { pid } usage { processes memoryBytes } } }',
  );
  expect(app.port).toMatchObject({ state: 'BOUND', holder: { pid: app.run.pid } });
  expect(app.url).toBe(`http://127.0.0.1:${app.port.port}`);
  expect((await fetch(app.url)).status).toBe(200);
  expect(app.usage.processes).toBeGreaterThanOrEqual(1);
  expect(app.usage.memoryBytes).toBeGreaterThan(1_000_000);

  const lines = subscribe(server.webSocket(), LogsStream, { apps: [{ name: 'alpha' }] });
  const first = await lines.next();
  expect(first).toMatchObject({ __typename: 'LogBatch' });
  expect(first.__typename === 'LogBatch' && first.lines[0]).toBe(`Starting on port ${app.port.port}...`);
  await server.command('stopApp', 'alpha');
  await lines.find((payload) => payload.__typename === 'LogBatch' && payload.lines.includes('Stopped'));
  await happening.find(
    (payload) =>
      payload.__typename === 'EventBatch' &&
      payload.events.some((event) => event.__typename === 'RunEndedEvent'),
  );
  await lines.end();
  await happening.end();
});

it('a stream of lines continues from its cursor after a restart of the control plane, with every line once', async () => {
  const server = await startServer({ bystander: false });
  await server.addApp('alpha', { script: program('count', 1, 2), toes: { port: false } });
  await server.waitForState('alpha', 'RUNNING');
  const seen: string[] = [];
  let after: string | null = null;
  for (let round = 0; round < 3; round += 1) {
    const stream: LineStream = subscribe(server.webSocket(), LogsStream, {
      ...(after === null ? { last: 1_000 } : { after }),
      filter: { streams: ['STDOUT'] },
    });
    const wanted = seen.length + 50;
    while (seen.length < wanted) {
      const payload = await stream.next();
      expect(payload.__typename).not.toBe('StreamGap');
      if (payload.__typename !== 'LogBatch') continue;
      seen.push(...payload.lines);
      after = payload.cursor;
    }
    await stream.end();
    if (round < 2) await server.restart('detach');
  }
  expect(seen).toEqual(seen.map((_, index) => `line ${index + 1}`));
});
