import { type AddressInfo, connect, createServer } from 'node:net';
import { setImmediate as nextLoop } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createStreamScheduler } from '../../../schema/streams/scheduler.ts';

it('lets one stream continue in each turn of the loop, in the order of the calls', async () => {
  const scheduler = createStreamScheduler();
  const went: string[] = [];
  for (const name of ['a', 'b', 'c']) void scheduler.next().then(() => went.push(name));
  for (const expected of [['a'], ['a', 'b'], ['a', 'b', 'c']]) {
    await nextLoop();
    expect(went).toEqual(expected);
  }
});

it('reserves a turn for each connection, and always makes progress', async () => {
  const scheduler = createStreamScheduler();
  let loops = 0;
  let went = false;
  void scheduler.next().then(() => {
    went = true;
  });
  while (!went && loops < 1_000) {
    scheduler.giveWay();
    loops += 1;
    await nextLoop();
  }
  expect(went).toBe(true);
  expect(loops).toBeGreaterThan(10);
  expect(loops).toBeLessThan(100);
});

// Node accepts one connection per turn of the loop. With 200 steps per turn, they would wait for 20,000 steps.
it('lets a hundred clients connect while two hundred streams are busy', async () => {
  const scheduler = createStreamScheduler();
  let steps = 0;
  let ended = false;
  const streams = Array.from({ length: 200 }, async () => {
    while (!ended) {
      await scheduler.next();
      steps += 1;
    }
  });
  const server = createServer((socket) => {
    scheduler.giveWay();
    socket.end('here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await Promise.all(
    Array.from(
      { length: 100 },
      () =>
        new Promise((resolve, reject) => {
          connect(port, '127.0.0.1').once('data', resolve).once('error', reject).resume();
        }),
    ),
  );
  ended = true;
  await Promise.all(streams);
  await new Promise((resolve) => server.close(resolve));
  expect(steps).toBeGreaterThan(200);
  expect(steps).toBeLessThan(4_000);
});
