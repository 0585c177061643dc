import { describe, expect, it } from 'vitest';
import { createFailedLogins } from '../../src/server/rates.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';
import { ask, codeOf, openSocket, queryBy, serveAlso } from './support.ts';

const VIEWER = '{ viewer { name role } }';
const WRONG = `toe_0123456789_${'x'.repeat(43)}`;

async function arrange(options: Parameters<typeof serveAlso>[1] = {}) {
  const plane = await startControlPlane();
  const front = await serveAlso(plane, options);
  const make = (role: 'VIEWER' | 'ADMIN' = 'ADMIN') =>
    plane.access.create({ name: 'laptop', role, expiresAt: null });
  return { plane, front, make };
}

describe('over HTTP', () => {
  it('a token determines the viewer and the role', async () => {
    const { front, make } = await arrange();
    const answer = await ask(front, queryBy(make('VIEWER').text, VIEWER));
    expect(JSON.parse(answer.text)).toEqual({ data: { viewer: { name: 'laptop', role: 'VIEWER' } } });
    const spelled = queryBy(null, VIEWER);
    const headers = { ...spelled.headers, authorization: `bearer   ${make().text} ` };
    expect((await ask(front, { ...spelled, headers })).status, 'as others spell it').toBe(200);
  });

  it.each([
    ['none', null],
    ['an unknown one', `Bearer ${WRONG}`],
    ['no token at all', 'Bearer x'],
    ['nothing', 'Bearer'],
    ['another scheme', 'Basic dG9lOnRvZQ=='],
    ['a token without its scheme', WRONG],
  ])('%s: 401, before anything is parsed', async (_, authorization) => {
    const { front } = await arrange();
    const headers: Record<string, string> = { 'Content-Type': 'application/json' };
    if (authorization !== null) headers.Authorization = authorization;
    for (const [path, method, body] of [
      ['/graphql', 'POST', '{ this is no JSON'],
      ['/graphql?query={viewer{name}}', 'GET', undefined],
      ['/graphql', 'OPTIONS', undefined],
      ['/metrics', 'GET', undefined],
      ['/logout', 'POST', '{}'],
    ] as const) {
      const answer = await ask(front, { path, method, headers, ...(body !== undefined && { body }) });
      expect([path, answer.status, codeOf(answer)]).toEqual([path, 401, 'UNAUTHENTICATED']);
      expect(answer.headers['www-authenticate']).toContain('Bearer');
      expect(answer.text).not.toContain(WRONG);
    }
  });

  it('health checks need no token', async () => {
    const { front } = await arrange();
    for (const path of ['/healthz', '/readyz']) expect((await ask(front, { path })).status).toBe(200);
  });

  it('a revoked token is refused immediately, and its streams end', async () => {
    const { plane, front, make } = await arrange();
    const { token, text } = make();
    const what = queryBy(text, 'subscription { events { __typename } }');
    const stream = ask(front, { ...what, headers: { ...what.headers, Accept: 'text/event-stream' } });
    await until(() => plane.streams() === 1, 'the stream is open');
    plane.access.revoke(token.id);
    expect((await stream).text).toContain('StreamHeartbeat');
    await until(() => plane.streams() === 0, 'the stream has ended');
    expect((await ask(front, queryBy(text, VIEWER))).status).toBe(401);
  });
});

describe('over WebSocket', () => {
  it.each(['authorization', 'Authorization'])('accepts the token in connection_init, as %s', async (name) => {
    const { front } = await arrange();
    const { send, acknowledged, subscribe, answerTo } = await openSocket(front);
    send({ type: 'connection_init', payload: { [name]: `Bearer ${front.token}` } });
    await acknowledged();
    subscribe('a', VIEWER);
    expect(await answerTo('a')).toMatchObject({ payload: { data: { viewer: { name: 'test' } } } });
  });

  it('accepts the token in the header of the upgrade', async () => {
    const { front } = await arrange();
    const { send, acknowledged, subscribe, answerTo } = await openSocket(front, {
      authorization: `Bearer ${front.token}`,
    });
    send({ type: 'connection_init' });
    await acknowledged();
    subscribe('a', VIEWER);
    expect(await answerTo('a')).toMatchObject({ payload: { data: { viewer: { role: 'ADMIN' } } } });
  });

  it.each([
    ['no token', {}],
    ['an unknown one', { authorization: `Bearer ${WRONG}` }],
    ['something else', { authorization: { toString: 'x' } }],
  ])('%s: closed with 4403', async (_, payload) => {
    const { front } = await arrange();
    const { send, closed, messages } = await openSocket(front);
    send({ type: 'connection_init', payload });
    expect((await closed).code).toBe(4403);
    expect(messages).toEqual([]);
  });

  it('an operation before connection_init closes the socket', async () => {
    const { front } = await arrange();
    const { subscribe, closed } = await openSocket(front, { authorization: `Bearer ${front.token}` });
    subscribe('a', VIEWER);
    expect((await closed).code).toBe(4401);
  });

  it('closes the socket of a revoked token with 4403, ends its streams, and runs no more operations', async () => {
    const { plane, front, make } = await arrange();
    await plane.addApp('alpha');
    const { token, text } = make();
    const revoked = await openSocket(front);
    const other = await openSocket(front);
    await revoked.init(text);
    await other.init(front.token);
    for (const { subscribe } of [revoked, other]) subscribe('s', 'subscription { events { __typename } }');
    await until(() => plane.streams() === 2, 'both listen');
    const stop = 'mutation { stopApp(input: { app: { name: "alpha" }, wait: true }) { __typename } }';
    plane.access.revoke(token.id);
    // The server has sent its close frame, and this arrives before the client's close frame.
    revoked.subscribe('late', stop);
    expect(await revoked.closed).toEqual({ code: 4403, reason: 'The token was revoked or has ended' });
    await until(() => plane.streams() === 1, 'its stream is gone, the other goes on');
    expect(revoked.messages.filter(({ type }) => type === 'complete')).toEqual([]);
    expect(plane.control.supervisor.app({ name: 'alpha' })?.desiredState).toBe('RUNNING');
    other.subscribe('a', VIEWER);
    expect(await other.answerTo('a')).toMatchObject({ type: 'next' });
  });

  it('disconnects a client that does not complete the closing handshake', async () => {
    const { plane, front, make } = await arrange();
    const { token, text } = make();
    const { socket, init, subscribe } = await openSocket(front);
    await init(text);
    subscribe('s', 'subscription { events { __typename } }');
    await until(() => plane.streams() === 1, 'it listens');
    socket.pause();
    plane.access.revoke(token.id);
    await until(() => plane.streams() === 0, 'its stream is gone');
  });
});

describe('wrong tokens', () => {
  it('after too many, the client must wait, but a valid token from the same address is accepted', async () => {
    const clock = createManualClock();
    const { front } = await arrange({ clock });
    for (let n = 0; n < 10; n += 1) {
      expect((await ask(front, queryBy(WRONG, VIEWER))).status).toBe(401);
    }
    await clock.advance(20_000);
    const refused = await ask(front, queryBy(WRONG, VIEWER));
    expect([refused.status, codeOf(refused)]).toEqual([429, 'TOO_MANY_REQUESTS']);
    expect(refused.headers['retry-after']).toBe('40');
    expect((await ask(front, queryBy(front.token, VIEWER))).status).toBe(200);
    const socket = await openSocket(front);
    await socket.init(front.token);
    await clock.advance(40_000);
    expect((await ask(front, queryBy(WRONG, VIEWER))).status).toBe(401);
  });

  it('a request without a token does not count', async () => {
    const { front } = await arrange();
    for (let n = 0; n < 15; n += 1) expect((await ask(front, queryBy(null, VIEWER))).status).toBe(401);
  });

  it('counts each address on its own, an IPv6 network as one, and remembers a limited number', async () => {
    const failedLogins = createFailedLogins(createManualClock());
    const note = (address: string, times: number) =>
      Array.from({ length: times }, () => failedLogins.note(address)).at(-1);
    expect(note('10.0.0.1', 11)).toBe(60);
    expect(note('10.0.0.2', 10)).toBeNull();
    expect(note('2001:db8::1', 10)).toBeNull();
    expect(note('2001:db8:0:0:5:6:7:8', 1)).toBe(60);
    expect(note('2001:db8:0:1::1', 1)).toBeNull();
    for (let n = 0; n < 1_000; n += 1) failedLogins.note(`10.1.${n >> 8}.${n & 255}`);
    expect(note('10.0.0.1', 1), 'forgotten').toBeNull();
  });
});
