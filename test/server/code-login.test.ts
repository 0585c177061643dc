import { describe, expect, it } from 'vitest';
import { createAccess, createSteadyTime } from '../../src/access/index.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createProver, digestOf, nonceOf, queryWithProof } from './prover.ts';
import { ask, codeOf, openSocket, queryBy, type RawAnswer, serveAlso } from './support.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const DASH = 'https://dash.example.com';
const OTHER = 'https://other.example.com';
const VERIFIER = 'v'.repeat(43);
const REQUEST = { return: DASH, code_challenge: digestOf(VERIFIER) };

async function arrange() {
  const warnings: string[] = [];
  const log = { info() {}, warn: (_: object, message: string) => warnings.push(message), error() {} };
  const plane = await startControlPlane();
  const front = await serveAlso(plane, { log, allowedOrigins: [DASH, OTHER] });
  const post = (body: object, headers: Record<string, string> = {}, path = '/login'): Promise<RawAnswer> =>
    ask(front, { path, method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: JSON.stringify(body) });
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  async function newCode(request: object = REQUEST, headers = bearer(front.token)): Promise<string> {
    const answer = await post(request, { Origin: front.url, ...headers });
    expect(answer.status, answer.text).toBe(200);
    return JSON.parse(answer.text).code;
  }
  const exchange = (code: string, verifier = VERIFIER, Origin = DASH) =>
    post({ code, code_verifier: verifier }, { Origin });
  return { plane, front, post, bearer, newCode, exchange, warnings };
}

describe('a login from another origin', () => {
  it('gives its page a session of its own, with the role of the person, that says which origin it is of', async () => {
    const { plane, front, newCode, exchange } = await arrange();
    const answer = await exchange(await newCode());
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, DASH]);
    const session = JSON.parse(answer.text);
    expect(session).toMatchObject({ name: `test (${DASH})`, role: 'ADMIN', expiresAt: expect.any(String) });
    expect((await ask(front, queryBy(session.token, '{ viewer { name } }'))).status).toBe(200);
    expect(plane.access.tokens().map(({ kind, name }) => [kind, name])).toContainEqual([
      'SESSION',
      `test (${DASH})`,
    ]);
    const { entries } = plane.audit.page({ after: null, before: null, limit: 1, forward: false });
    expect(entries).toMatchObject([
      { actor: 'test', action: 'logInOrigin', input: JSON.stringify({ origin: DASH }), outcome: 'OK' },
    ]);
  });

  it('ends with its session: revoked, its sockets close; logged out, its token is refused; so when the token behind it ends', async () => {
    const { plane, front, post, bearer, newCode, exchange } = await arrange();
    const token = async () => JSON.parse((await exchange(await newCode())).text).token as string;
    const whoami = async (of: string) => (await ask(front, queryBy(of, '{ viewer { name } }'))).status;
    const [revoked, loggedOut, child] = [await token(), await token(), await token()];
    const socket = await openSocket(front, { Origin: DASH });
    await socket.init(revoked);
    plane.access.revoke(revoked.slice(4, 14));
    expect((await socket.closed).code).toBe(4403);
    expect((await post({}, { ...bearer(loggedOut), Origin: DASH }, '/logout')).status).toBe(204);
    expect([await whoami(revoked), await whoami(loggedOut), await whoami(child)]).toEqual([401, 401, 200]);
    plane.access.revoke(plane.token.slice(4, 14));
    expect(await whoami(child)).toBe(401);
  });

  it('can bind its session to a key of the page', async () => {
    const { front, post, newCode } = await arrange();
    const prover = await createProver();
    const nonce = await nonceOf(front);
    const code = await newCode();
    const proof = await prover.prove({ url: `${front.url}/login`, secret: code, nonce });
    const answer = await post({ code, code_verifier: VERIFIER }, { Origin: DASH, DPoP: proof });
    const { token } = JSON.parse(answer.text);
    expect((await ask(front, queryBy(token, '{ viewer { name } }'))).status).toBe(401);
    const next = await prover.prove({ url: `${front.url}/graphql`, secret: token, nonce });
    expect((await queryWithProof(front, token, next)).status).toBe(200);
  });
});

describe('a code', () => {
  it.each([
    ['a second time', VERIFIER, DASH, true],
    ['with another verifier', 'w'.repeat(43), DASH, false],
    ['with the challenge in place of the verifier', digestOf(VERIFIER), DASH, false],
    ['by a page of another allowed origin', VERIFIER, OTHER, false],
  ])('is refused %s, and is used up then', async (_, verifier, origin, first) => {
    const { newCode, exchange } = await arrange();
    const code = await newCode();
    if (first) expect((await exchange(code)).status).toBe(200);
    const refused = await exchange(code, verifier, origin);
    expect([refused.status, codeOf(refused)]).toEqual([401, 'UNAUTHENTICATED']);
    expect((await exchange(code)).status, 'the right page comes too late').toBe(401);
  });

  it('works for a minute', async () => {
    const plane = await startControlPlane();
    const clock = createManualClock();
    const log = { info() {}, warn() {}, error() {} };
    const time = createSteadyTime(clock, plane.stores.time);
    const options = { store: plane.stores.tokens, clock, time, logger: log, runIsLive: () => true };
    const { access, close } = createAccess(options);
    const { text } = access.create({ name: 'clocked', role: 'VIEWER', expiresAt: null });
    const viewer = access.authenticate(text);
    if (!viewer) throw new Error('The token is valid');
    const request = { origin: DASH, challenge: digestOf(VERIFIER) };
    const proof = { origin: DASH, verifier: VERIFIER };
    const [early, late] = [access.createCode(viewer, request), access.createCode(viewer, request)];
    await clock.advance(59_000);
    expect(access.redeemCode(early?.secret ?? '', proof)?.token.role).toBe('VIEWER');
    await clock.advance(1_000);
    expect(access.redeemCode(late?.secret ?? '', proof)).toBeNull();
    close();
  });

  it.each([
    ['an origin that is not allowed', { ...REQUEST, return: 'https://evil.example.com' }, 403],
    ['an origin that begins like an allowed one', { ...REQUEST, return: `${DASH}.evil.com` }, 403],
    ['an allowed origin with a path', { ...REQUEST, return: `${DASH}/path` }, 403],
    ['an allowed origin with a slash', { ...REQUEST, return: `${DASH}/` }, 403],
    ['an allowed origin with another port', { ...REQUEST, return: `${DASH}:8443` }, 403],
    ['an allowed origin in capitals', { ...REQUEST, return: DASH.toUpperCase() }, 403],
    ['no challenge', { return: DASH }, 400],
    ['a challenge that is no SHA-256', { ...REQUEST, code_challenge: 'short' }, 400],
    ['an origin that is no text', { ...REQUEST, return: 1 }, 400],
  ])('is not made for %s, nor is it asked about', async (_, request, status) => {
    const { front, post, bearer } = await arrange();
    for (const preview of [true, false]) {
      const answer = await post({ ...request, preview }, { Origin: front.url, ...bearer(front.token) });
      expect(answer.status).toBe(status);
      expect(answer.text).not.toContain('"code":"ey');
    }
  });

  it('is made for this server’s own pages only, and never by a session of another origin or without a key', async () => {
    const { plane, front, post, bearer, newCode, exchange } = await arrange();
    expect((await post(REQUEST, { Origin: DASH, ...bearer(front.token) })).status).toBe(403);
    expect((await post(REQUEST, { Origin: front.url })).status).toBe(401);
    const { token: elsewhere } = JSON.parse((await exchange(await newCode())).text);
    expect((await post(REQUEST, { Origin: front.url, ...bearer(elsewhere) })).status).toBe(403);
    const viewer = plane.access.authenticate(plane.token);
    const once = (viewer && plane.access.createLink(viewer, 'VIEWER')?.secret) ?? '';
    const { token: keyless } = JSON.parse((await post({ once })).text);
    expect((await post(REQUEST, { Origin: front.url, ...bearer(keyless) })).status).toBe(403);
  });

  it('is made 60 times a minute at most, so that a token cannot fill the audit log', async () => {
    const { front, post, bearer } = await arrange();
    const statuses: number[] = [];
    for (let times = 0; times < 62; times += 1) {
      statuses.push((await post(REQUEST, { Origin: front.url, ...bearer(front.token) })).status);
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(60);
    expect(statuses.at(-1)).toBe(429);
  });

  it('begins a session that creates no token; only a session of this server’s own pages with a key does', async () => {
    const { plane, front, post, newCode, exchange } = await arrange();
    const create = 'mutation { createToken(input: { name: "other", role: ADMIN }) { __typename } }';
    const { token: elsewhere } = JSON.parse((await exchange(await newCode())).text);
    const viewer = plane.access.authenticate(plane.token);
    const link = () => (viewer && plane.access.createLink(viewer, 'ADMIN')?.secret) ?? '';
    const { token: keyless } = JSON.parse((await post({ once: link() })).text);
    const before = plane.access.tokens().length;
    for (const session of [elsewhere, keyless])
      expect((await ask(front, queryBy(session, create))).text).toContain('"FORBIDDEN"');
    expect(plane.access.tokens()).toHaveLength(before);

    const prover = await createProver();
    const nonce = await nonceOf(front);
    const url = `${front.url}/login`;
    const once = link();
    const own = await post({ once }, { DPoP: await prover.prove({ url, secret: once, nonce }) });
    const { token } = JSON.parse(own.text);
    const proof = await prover.prove({ url: `${front.url}/graphql`, secret: token, nonce });
    expect((await queryWithProof(front, token, proof, create)).text).toContain('CreateTokenSuccess');
  });

  it('is made for a session that is bound to a key, with its role and its token', async () => {
    const { plane, front, post, exchange } = await arrange();
    const viewer = plane.access.authenticate(plane.token);
    const once = (viewer && plane.access.createLink(viewer, 'VIEWER')?.secret) ?? '';
    const prover = await createProver();
    const nonce = await nonceOf(front);
    const url = `${front.url}/login`;
    const { token } = JSON.parse(
      (await post({ once }, { DPoP: await prover.prove({ url, secret: once, nonce }) })).text,
    );
    const proof = await prover.prove({ url, secret: token, nonce });
    const made = await post(REQUEST, { Origin: front.url, Authorization: `DPoP ${token}`, DPoP: proof });
    const session = await exchange(JSON.parse(made.text).code);
    expect(JSON.parse(session.text)).toMatchObject({ name: `test (${DASH})`, role: 'VIEWER' });
  });
});

it('a refused origin is logged once, with the setting that allows it', async () => {
  const { front, warnings } = await arrange();
  for (const origin of [
    'https://new.example.com',
    'https://new.example.com',
    'null',
    `https://${'x'.repeat(300)}`,
  ]) {
    expect((await ask(front, { headers: { Origin: origin } })).status).toBe(403);
  }
  expect(warnings).toEqual([
    `A page of another origin was refused. If the page is yours and you trust it, set TOEHOLD_ALLOWED_ORIGINS=${DASH},${OTHER},https://new.example.com`,
  ]);
  for (let index = 0; index < 100; index += 1) {
    await ask(front, { headers: { Origin: `https://host-${index}.example.com` } });
  }
  expect(warnings.length, 'a page cannot fill the log').toBe(50);
});
