import { describe, expect, it } from 'vitest';
import { HEARTBEAT } from '../../../schema/streams/loop.ts';
import { encodeEventCursor } from '../../../src/core/cursor.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { createManualClock } from '../../support/manual-clock.ts';
import { subscribe } from '../../support/streams.ts';
import { until } from '../../support/until.ts';
import { EventsStream, Positions } from '../streams/documents.ts';

const eventCursor = async (plane: ControlPlane) => (await plane.data(Positions)).eventCursor;
const restart = (plane: ControlPlane, name: string) =>
  plane.data(`mutation { restartApp(input: { app: { name: "${name}" }, wait: true }) { __typename } }`);

/** The events of batches, until the stream is live. */
async function backlog(stream: ReturnType<typeof events>) {
  const found = [];
  for (;;) {
    const payload = await stream.next();
    if (payload.__typename !== 'EventBatch') return found;
    found.push(...payload.events);
    if (payload.live) return found;
  }
}

function events(plane: ControlPlane, variables: Record<string, unknown> = {}) {
  return subscribe(plane.webSocket(), EventsStream, variables);
}

it('without a cursor, begins now: with a heartbeat immediately, and then with what happens', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const stream = events(plane);
  expect(await stream.next()).toEqual({ __typename: 'StreamHeartbeat', cursor: await eventCursor(plane) });
  await restart(plane, 'alpha');
  const { app } = await plane.data<{ app: { id: string } }>('{ app(by: { name: "alpha" }) { id } }');
  const payload = await stream.next();
  expect(payload).toMatchObject({ __typename: 'EventBatch', live: true });
  expect(payload.__typename === 'EventBatch' && payload.events[0]).toMatchObject({
    __typename: 'AppStateChangedEvent',
    actor: 'test',
    appName: 'alpha',
    appId: app.id,
    from: 'RUNNING',
  });
  await stream.end();
});

it('after a cursor, delivers everything since, in order, and then continues live: no event is missed or sent twice', async () => {
  const plane = await startControlPlane();
  const start = await eventCursor(plane);
  await plane.addApp('alpha');
  const { events: all } = await plane.data<{ events: { nodes: { cursor: string }[] } }>(
    '{ events(first: 1000) { nodes { cursor } } }',
  );
  const stream = events(plane, { after: start });
  const seen = (await backlog(stream)).map(({ cursor }) => cursor);
  expect(seen).toEqual(all.nodes.map(({ cursor }) => cursor).slice(1));

  const other = events(plane, { after: seen[1] });
  expect((await backlog(other)).map(({ cursor }) => cursor)).toEqual(seen.slice(2));
  await stream.end();
  await other.end();
});

it('a large backlog comes in several batches, of which only the last is live', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const app = plane.control.supervisor.app({ name: 'alpha' });
  if (!app) throw new Error('no alpha');
  const start = await eventCursor(plane);
  const fact = { type: 'AppUpdated', changes: [{ field: 'ICON', before: null, after: '🐙' }] } as const;
  plane.stores.events.append(
    Array.from({ length: 2_300 }, () => ({ at: 0, actor: 'test', fact, app: { id: app.id, name: 'alpha' } })),
  );
  const stream = events(plane, { after: start });
  const sizes: number[] = [];
  const live: boolean[] = [];
  for (let total = 0; total < 2_300; ) {
    const payload = await stream.next();
    if (payload.__typename !== 'EventBatch') throw new Error(payload.__typename);
    total += payload.events.length;
    sizes.push(payload.events.length);
    live.push(payload.live);
  }
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
  expect(live).toEqual([...sizes.slice(1).map(() => false), true]);
  await stream.end();
});

it('delivers only events of the selected apps; its heartbeats advance past others', async () => {
  const clock = createManualClock();
  const plane = await startControlPlane({ clock });
  await plane.addApp('alpha');
  await plane.addApp('bravo');
  const stream = events(plane, { apps: [{ name: 'bravo' }] });
  const first = await stream.next();
  expect(first).toMatchObject({ __typename: 'StreamHeartbeat' });
  const next = stream.next();
  await restart(plane, 'alpha');
  const end = await eventCursor(plane);
  expect(first).not.toMatchObject({ cursor: end });
  await clock.advance(HEARTBEAT);
  expect(await next).toEqual({ __typename: 'StreamHeartbeat', cursor: end });
  const later = stream.next();
  await restart(plane, 'bravo');
  const payload = await later;
  const names =
    payload.__typename === 'EventBatch'
      ? payload.events.map((event) => 'appName' in event && event.appName)
      : [];
  expect([...new Set(names)]).toEqual(['bravo']);
  await stream.end();
});

it('an unknown app and an invalid cursor are errors with a code, and leave nothing behind', async () => {
  const plane = await startControlPlane();
  await expect(events(plane, { apps: [{ name: 'nobody' }] }).next()).rejects.toThrow('APP_NOT_FOUND');
  await expect(events(plane, { after: 'nonsense' }).next()).rejects.toThrow('BAD_CURSOR');
  expect(plane.streams()).toBe(0);
});

describe('gaps', () => {
  it('RETENTION: reports events after the cursor that were pruned, and continues with the oldest one', async () => {
    const plane = await startControlPlane();
    const start = await eventCursor(plane);
    await plane.addApp('alpha');
    const before = plane.events.first();
    plane.stores.events.prune({ keep: 2, olderThan: 0, limit: 1_000 });
    expect(plane.events.first()).toBeGreaterThan(before + 1);
    const stream = events(plane, { after: start });
    const gap = await stream.next();
    expect(gap).toMatchObject({ __typename: 'StreamGap', lostAfter: start, reason: 'RETENTION', app: null });
    const found = await backlog(stream);
    expect(found.length).toBeGreaterThan(0);
    // Continuing after the gap is the same as continuing the stream.
    const other = events(plane, { after: gap.__typename === 'StreamGap' ? gap.resumeAt : '' });
    expect(await backlog(other)).toEqual(found);
    await stream.end();
    await other.end();
  });

  it('JOURNAL_RESET: with a cursor of another database, begins with all events', async () => {
    const plane = await startControlPlane();
    await plane.addApp('alpha');
    const foreign = encodeEventCursor({ database: 'another', epoch: 1, seq: 5 });
    const stream = events(plane, { after: foreign });
    expect(await stream.next()).toMatchObject({
      __typename: 'StreamGap',
      lostAfter: foreign,
      reason: 'JOURNAL_RESET',
    });
    expect((await backlog(stream)).length).toBe(plane.events.last());
    await stream.end();
  });

  it('JOURNAL_RESET: with a cursor beyond the end of its epoch, begins at that end', async () => {
    const first = await startControlPlane();
    await first.addApp('alpha');
    const { database, epoch } = first.events.identity;
    const plane = await first.restart();
    const end = plane.events.endOfEpoch(epoch) ?? 0;
    expect(end).toBeGreaterThan(0);
    const lost = encodeEventCursor({ database, epoch, seq: end + 10 });
    const stream = events(plane, { after: lost });
    const gap = await stream.next();
    expect(gap).toMatchObject({ __typename: 'StreamGap', lostAfter: lost, reason: 'JOURNAL_RESET' });
    expect((await backlog(stream)).length).toBe(plane.events.last() - end);
    await stream.end();
  });
});

it('continues after a restart of the control plane: no event is missed or sent twice', async () => {
  const first = await startControlPlane();
  await first.addApp('alpha');
  const one = events(first, { after: await eventCursor(first) });
  await one.next();
  await restart(first, 'alpha');
  const payload = await one.find(({ __typename }) => __typename === 'EventBatch');
  const { cursor } = payload.__typename === 'EventBatch' ? payload : { cursor: '' };
  const plane = await first.restart();
  const all = await plane.data<{ events: { nodes: { cursor: string }[] } }>(
    '{ events(first: 1000) { nodes { cursor } } }',
  );
  const cursors = all.events.nodes.map((node) => node.cursor);
  expect(cursors).toContain(cursor);
  const two = events(plane, { after: cursor });
  expect((await backlog(two)).map((event) => event.cursor)).toEqual(
    cursors.slice(cursors.indexOf(cursor) + 1),
  );
  await two.end();
});

it('1,000 subscribers connect and disconnect, and leave no listener, timer or count', async () => {
  const clock = createManualClock();
  const plane = await startControlPlane({ clock });
  await plane.addApp('alpha');
  // The first one starts the check for ended tokens.
  await plane.data('{ viewer { name } }');
  const before = { streams: plane.streams(), timers: clock.pending() };
  const clients = Array.from({ length: 20 }, () => plane.webSocket());
  const streams = clients.flatMap((client) =>
    Array.from({ length: 50 }, () => subscribe(client, EventsStream)),
  );
  await Promise.all(streams.map((stream) => stream.next()));
  expect(plane.streams()).toBe(before.streams + 1_000);
  expect(await metric(plane)).toBe('1000');

  // Half of them unsubscribe while they wait, and the others lose their socket.
  await Promise.all(streams.slice(0, 500).map((stream) => stream.end()));
  await until(() => plane.streams() === before.streams + 500, 'half of them are gone');
  for (const client of clients) client.terminate();
  await until(() => plane.streams() === before.streams, 'all of them are gone');
  expect(clock.pending()).toBe(before.timers);
  expect(await metric(plane)).toBe('0');
});

async function metric(plane: ControlPlane): Promise<string | undefined> {
  const headers = { Authorization: `Bearer ${plane.token}` };
  const text = await (await fetch(`${plane.url}/metrics`, { headers })).text();
  return /toehold_subscriptions\{field="events"\} (\d+)/.exec(text)?.[1];
}
