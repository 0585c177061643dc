import { afterEach, describe, expect, test, vi } from 'vitest';
import { until } from '../support/until.ts';
import { batch, blackHole, expectLetGo, gather, observe, scripted, texts } from './support.ts';

const HEARTBEAT = { __typename: 'StreamHeartbeat', cursor: 'now' };

describe('an abort ends a stream and leaves nothing open', () => {
  test('before it starts', async () => {
    const { toehold, sockets } = observe('http://127.0.0.1:9');
    const signal = AbortSignal.abort();
    expect(await gather(toehold.follow.logs({ signal })).done).toBeUndefined();
    expect(await gather(toehold.subscribe('{ a }', undefined, { signal })).done).toBeUndefined();
    expect(sockets).toEqual([]);
  });

  test('while the connection is made', async () => {
    const { url, open } = await blackHole();
    const { toehold, allClosed } = observe(url);
    const stop = new AbortController();
    const { done } = gather(toehold.follow.logs({ signal: stop.signal }));
    await until(() => open.size === 1, 'it connects');
    stop.abort();
    await done;
    await allClosed();
    await until(() => open.size === 0, 'the connection is closed');
    expectLetGo(stop.signal);
  });

  test('while it waits for the next item', async () => {
    let subscribed = false;
    const url = await scripted(({ logs }) => {
      logs(HEARTBEAT);
      subscribed = true;
    });
    const { toehold, allClosed } = observe(url);
    const stop = new AbortController();
    const { done, items } = gather(toehold.follow.logs({ signal: stop.signal }));
    await until(() => subscribed, 'it follows');
    stop.abort();
    await done;
    expect(items).toEqual([]);
    await allClosed();
    expectLetGo(stop.signal);
  });

  test('while its reader has an item: buffered items are dropped', async () => {
    const url = await scripted(({ logs }) => {
      logs({
        ...batch(3),
        entries: [1, 2, 3].map((line) => ({ cursor: `line ${line}`, text: `line ${line}` })),
      });
      logs(batch(4));
    });
    const { toehold, allClosed } = observe(url);
    const stop = new AbortController();
    const lines = [];
    for await (const item of toehold.follow.logs({ signal: stop.signal })) {
      lines.push(item);
      await new Promise((resolve) => setImmediate(resolve));
      stop.abort();
    }
    expect(texts(lines)).toEqual(['line 1']);
    await allClosed();
    expectLetGo(stop.signal);
  });

  test('while it is away', async () => {
    const { toehold, allClosed } = observe('http://127.0.0.1:9');
    const stop = new AbortController();
    const told = gather(toehold.follow.logs({ signal: stop.signal, status: true }));
    await until(() => told.items.length === 4, 'it waits for nearly a second');
    const before = performance.now();
    stop.abort();
    await told.done;
    expect(performance.now() - before).toBeLessThan(300);
    await allClosed();
    expectLetGo(stop.signal);
  });

  test('`return` ends a stream also while a `next` waits', async () => {
    const url = await scripted(({ logs }) => logs(HEARTBEAT));
    const { toehold, allClosed, sockets } = observe(url);
    const items = toehold.follow.logs();
    const next = items.next();
    await until(() => sockets[0]?.readyState === 1, 'it is connected');
    await items.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    await allClosed();
  });

  test('`close` ends everything of a client', async () => {
    const url = await scripted(({ logs }) => logs(batch(1)));
    const { toehold, sockets } = observe(url);
    const logs = gather(toehold.follow.logs());
    const own = gather(toehold.subscribe('subscription { logs }'));
    await Promise.all([logs.has(() => true), own.has(() => true)]);
    await toehold.close();
    await Promise.all([logs.done, own.done]);
    expect(sockets.map(({ readyState }) => readyState)).toEqual([3]);
    expect(await gather(toehold.follow.logs()).done).toBeUndefined();
  });
});

describe('a broken connection', () => {
  afterEach(() => void vi.useRealTimers());

  test('is lost after more silence than the heartbeats allow', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const asked: unknown[] = [];
    const url = await scripted(({ variables, logs }, nth) => {
      asked.push(variables.after);
      logs(batch(nth + 1));
    });
    const { toehold, sockets } = observe(url);
    const followed = gather(toehold.follow.logs());
    await followed.has(() => true);
    vi.advanceTimersByTime(34_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sockets[0]?.readyState).toBe(1);
    vi.advanceTimersByTime(2_000);
    await until(() => sockets[0]?.readyState === 3, 'the silent one is cut');
    await until(async () => {
      vi.advanceTimersByTime(100);
      return followed.items.length === 2;
    }, 'it goes on');
    expect(asked).toEqual([undefined, 'batch 1']);
    expect(texts(followed.items)).toEqual(['line 1', 'line 2']);
  });

  test('is given up if the server never answers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { url, open } = await blackHole();
    const { toehold } = observe(url);
    const followed = gather(toehold.follow.logs({ status: true }));
    await until(() => open.size === 1, 'it connects');
    await until(() => {
      vi.advanceTimersByTime(1_000);
      return followed.items.length > 0;
    }, 'it says so');
    expect(followed.items[0]).toMatchObject({ state: 'away', error: { code: 'UNREACHABLE' } });
  });

  test.each([
    ['1000, as for a good end', 1_000],
    ['1001', 1_001],
    ['4499', 4_499],
    ['4403, though the token is a good one', 4_403],
  ])('closed with %s: the stream continues after its last item', async (_what, code) => {
    const asked: unknown[] = [];
    const url = await scripted(({ variables, logs, socket }, nth) => {
      asked.push(variables.after);
      logs(batch(nth + 1));
      if (nth < 3) socket.close(code);
    });
    const { toehold } = observe(url);
    const followed = gather(toehold.follow.logs({ last: 5 }));
    await until(() => followed.items.length === 4, 'it goes on');
    expect(asked).toEqual([undefined, 'batch 1', 'batch 2', 'batch 3']);
    expect(texts(followed.items)).toEqual(['line 1', 'line 2', 'line 3', 'line 4']);
  });

  test('continues a stream that the server ended', async () => {
    const asked: unknown[] = [];
    const url = await scripted(({ variables, logs, complete }, nth) => {
      asked.push(variables.after);
      if (nth === 0)
        logs({ __typename: 'StreamGap', reason: 'RETENTION', lostAfter: 'a', cursor: 'b', app: null });
      else logs(HEARTBEAT);
      complete();
    });
    const { toehold } = observe(url);
    const followed = gather(toehold.follow.logs());
    await until(() => asked.length >= 3, 'it goes on');
    expect(asked.slice(0, 3)).toEqual([undefined, 'b', 'now']);
    expect(followed.items).toMatchObject([{ kind: 'gap', reason: 'RETENTION', lostAfter: 'a', cursor: 'b' }]);
  });
});
