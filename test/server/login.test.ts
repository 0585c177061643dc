import { describe, expect, it, vi } from 'vitest';
import { startControlPlane } from '../support/control-plane.ts';
import { ask, codeOf, queryBy, serveAlso } from './support.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const VIEWER = '{ viewer { name role } }';

async function arrange() {
  const plane = await startControlPlane();
  const front = await serveAlso(plane);
  function link(role: 'VIEWER' | 'ADMIN' = 'ADMIN'): string {
    const viewer = plane.access.authenticate(plane.token);
    return (viewer && plane.access.createLink(viewer, role)?.secret) ?? '';
  }
  const logIn = (body: string, headers: Record<string, string> = JSON_TYPE) =>
    ask(front, { path: '/login', method: 'POST', headers, body });
  const logOut = (token: string, body = '{}') =>
    ask(front, {
      ...{ path: '/logout', method: 'POST', body },
      headers: { ...JSON_TYPE, Authorization: `Bearer ${token}` },
    });
  return { plane, front, link, logIn, logOut };
}

describe('the page', () => {
  it('uses up no link, however often it is loaded, and is not cached', async () => {
    const { front, link, logIn } = await arrange();
    const once = link();
    for (const method of ['GET', 'HEAD', 'GET']) {
      const page = await ask(front, { path: `/login?once=${once}`, method });
      expect([page.status, page.headers['cache-control']]).toEqual([200, 'no-store']);
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(page.text).not.toContain(once);
    }
    expect((await logIn(JSON.stringify({ once }))).status).toBe(200);
  });

  it('names the command as a person calls it', async () => {
    const plane = await startControlPlane();
    for (const command of ['toehold', 'npx toehold']) {
      const front = await serveAlso(plane, { command });
      expect((await ask(front, { path: '/login' })).text).toContain(`Run <code>${command} open</code>`);
      const body = JSON.stringify({ once: 'spent' });
      const spent = await ask(front, { path: '/login', method: 'POST', headers: JSON_TYPE, body });
      expect(JSON.parse(spent.text).errors[0].message).toContain(`run "${command} open"`);
    }
  });

  it('is served before the server is ready, but a login is refused', async () => {
    const plane = await startControlPlane({ served: false });
    expect((await ask(plane, { path: '/login' })).status).toBe(200);
    const posted = await ask(plane, {
      path: '/login',
      method: 'POST',
      headers: JSON_TYPE,
      body: '{"once":"x"}',
    });
    expect([posted.status, codeOf(posted)]).toEqual([503, 'NOT_READY']);
    expect((await ask(plane, { path: '/logout', method: 'POST' })).status).toBe(503);
  });

  it.each([
    ['/login', 'PUT', 'GET, HEAD, POST'],
    ['/logout', 'GET', 'POST'],
  ])('%s takes no %s', async (path, method, allow) => {
    const { front } = await arrange();
    const answer = await ask(front, { path, method });
    expect([answer.status, answer.headers.allow]).toEqual([405, allow]);
  });
});

describe('a link', () => {
  it('creates one session with its role, which ends 12 hours after its last use', async () => {
    const { plane, front, link, logIn } = await arrange();
    const once = link('VIEWER');
    const answer = await logIn(JSON.stringify({ once }));
    const session = JSON.parse(answer.text) as { token: string; expiresAt: string };
    expect(session).toEqual({
      token: expect.stringMatching(/^toe_/),
      name: 'test (browser)',
      role: 'VIEWER',
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect((Date.parse(session.expiresAt) - Date.now()) / 3_600_000).toBeCloseTo(12, 1);
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(plane.access.authenticate(session.token)).toMatchObject({ kind: 'SESSION' });
    expect(JSON.parse((await ask(front, queryBy(session.token, VIEWER))).text)).toEqual({
      data: { viewer: { name: 'test (browser)', role: 'VIEWER' } },
    });
    const again = await logIn(JSON.stringify({ once }));
    expect([again.status, codeOf(again)]).toEqual([401, 'UNAUTHENTICATED']);
    expect(again.text).toContain('toehold open');
  });

  it.each([
    ['a form', 'once=x', { 'Content-Type': 'application/x-www-form-urlencoded' }, 415],
    ['plain text', '{"once":"x"}', { 'Content-Type': 'text/plain' }, 415],
    ['nothing', '', JSON_TYPE, 400],
    ['no JSON', '{', JSON_TYPE, 400],
    ['a list', '["x"]', JSON_TYPE, 400],
    ['a number', '{"once":1}', JSON_TYPE, 400],
    ['a preview of neither yes nor no', '{"once":"x","preview":"yes"}', JSON_TYPE, 400],
    ['a preview of an unknown one', '{"once":"x","preview":true}', JSON_TYPE, 401],
    ['too much', JSON.stringify({ once: 'x'.repeat(2_000) }), JSON_TYPE, 413],
    ['too much, in pieces', '{'.repeat(2_000), { ...JSON_TYPE, 'Transfer-Encoding': 'chunked' }, 413],
    ['an unknown one', '{"once":"x"}', JSON_TYPE, 401],
  ])('refuses %s', async (_, body, headers, status) => {
    const { logIn } = await arrange();
    expect((await logIn(body, headers)).status).toBe(status);
  });

  it('can be previewed, which does not use it up', async () => {
    const { plane, link, logIn } = await arrange();
    const once = link('VIEWER');
    const tokens = plane.stores.tokens.all().length;
    for (const _ of [1, 2, 3]) {
      const preview = await logIn(JSON.stringify({ once, preview: true }));
      expect(JSON.parse(preview.text)).toEqual({ name: 'test (browser)', role: 'VIEWER' });
    }
    expect(plane.stores.tokens.all()).toHaveLength(tokens);
    expect((await logIn(JSON.stringify({ once }))).status).toBe(200);
    expect((await logIn(JSON.stringify({ once, preview: true }))).status).toBe(401);
  });

  it('is not used up if the database fails, and the response says why', async () => {
    const { plane, link, logIn } = await arrange();
    const once = link();
    const insert = vi.spyOn(plane.stores.tokens, 'insert').mockImplementation(() => {
      throw new Error('database or disk is full');
    });
    const refused = await logIn(JSON.stringify({ once }));
    expect([refused.status, codeOf(refused)]).toEqual([503, 'OPERATION_FAILED']);
    expect(refused.text).toContain('database or disk is full');
    insert.mockRestore();
    expect((await logIn(JSON.stringify({ once }))).status).toBe(200);
  });

  it('guessing is answered with 429, and a valid link is still accepted', async () => {
    const { link, logIn } = await arrange();
    const statuses: number[] = [];
    for (let n = 0; n < 12; n += 1)
      statuses.push((await logIn(`{"once":"guess ${n}","preview":${n % 2 === 0}}`)).status);
    expect(statuses).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await logIn(JSON.stringify({ once: link() }))).status).toBe(200);
  });
});

describe('logging out', () => {
  it('ends the session', async () => {
    const { front, link, logIn, logOut } = await arrange();
    const { token } = JSON.parse((await logIn(JSON.stringify({ once: link() }))).text) as { token: string };
    expect((await ask(front, queryBy(token, VIEWER))).status).toBe(200);
    expect((await logOut(token)).status).toBe(204);
    expect((await ask(front, queryBy(token, VIEWER))).status).toBe(401);
    expect((await logOut(token)).status).toBe(401);
  });

  it('does not revoke a token that is not a session', async () => {
    const { front, logOut } = await arrange();
    expect((await logOut(front.token)).status).toBe(204);
    expect((await ask(front, queryBy(front.token, VIEWER))).status).toBe(200);
  });
});
