import { generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createNonces } from '../../src/server/proofs.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { createProver, digestOf, nonceOf, type ProofAbout, queryWithProof } from './prover.ts';
import { ask, codeOf, openSocket, queryBy, serveAlso } from './support.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** A server, and a session that is bound to a key. */
async function arrange() {
  const plane = await startControlPlane();
  const front = await serveAlso(plane);
  const url = `${front.url}/graphql`;
  const prover = await createProver();
  const nonce = await nonceOf(front);
  function link(): string {
    const viewer = plane.access.authenticate(plane.token);
    return (viewer && plane.access.createLink(viewer, 'ADMIN')?.secret) ?? '';
  }
  const logIn = (once: string, proof: string) =>
    ask(front, {
      ...{ path: '/login', method: 'POST', body: JSON.stringify({ once }) },
      headers: { ...JSON_TYPE, DPoP: proof },
    });
  async function session(by = prover): Promise<string> {
    const once = link();
    const answer = await logIn(once, await by.prove({ url: `${front.url}/login`, secret: once, nonce }));
    return (JSON.parse(answer.text) as { token: string }).token;
  }
  const token = await session();
  const about = { url, secret: token, nonce };
  const prove = (change: Partial<ProofAbout> = {}) => prover.prove({ ...about, ...change });
  const used = () => plane.stores.tokens.get(token.slice(4, 14))?.lastUsedAt;
  return { plane, front, prover, nonce, link, logIn, session, token, about, prove, used };
}

type Arranged = Awaited<ReturnType<typeof arrange>>;

describe('a session that is bound to a key', () => {
  it('is accepted with a proof, with any name of the server and any clock of the browser', async () => {
    const { front, token, prove, used } = await arrange();
    const answer = await queryWithProof(front, token, await prove({ claims: { iat: 1 } }));
    expect([answer.status, answer.headers['dpop-nonce']]).toEqual([200, expect.any(String)]);
    expect(used()).not.toBeNull();
    const https = await prove({ url: `https://127.0.0.1:${front.port}/graphql?query=x` });
    expect((await queryWithProof(front, token, https)).status).toBe(200);
  });

  it.each<[string, (a: Arranged) => Promise<string | string[]> | string]>([
    ['no JWT', () => 'x'],
    ['nothing', () => ''],
    ['a huge one', async ({ prove }) => prove({ claims: { more: 'x'.repeat(4_000) } })],
    ['two of them', async ({ prove }) => [await prove(), await prove()]],
    ['one by another key', async ({ about }) => (await createProver()).prove(about)],
    [
      'the right key in front of another one’s signature',
      async ({ about, prover }) => (await createProver()).prove({ ...about, header: { jwk: prover.jwk } }),
    ],
    ['one for another method', ({ prove }) => prove({ claims: { htm: 'GET' } })],
    ['one for another path', ({ front, prove }) => prove({ url: `${front.url}/logout` })],
    ['one for another server', ({ prove }) => prove({ url: 'http://127.0.0.1:1/graphql' })],
    ['one for no URL', ({ prove }) => prove({ url: 'graphql' })],
    ['one for another token', async ({ prove, session }) => prove({ secret: await session() })],
    ['one without a token', ({ prove }) => prove({ claims: { ath: undefined } })],
    ['one without an id', ({ prove }) => prove({ claims: { jti: undefined } })],
    ['one with a long id', ({ prove }) => prove({ claims: { jti: 'x'.repeat(65) } })],
    ['one of another type', ({ prove }) => prove({ header: { typ: 'JWT' } })],
    [
      'one with a private key in it',
      async ({ prover, about }) => {
        const pair = await generateKeyPair('ES256', { extractable: true });
        const { exportJWK } = await import('jose');
        return prover.prove({ ...about, header: { jwk: await exportJWK(pair.privateKey) } });
      },
    ],
    ['one that nobody signed', ({ about }) => new UnsecuredJWT({ ...claimsOf(about), htm: 'POST' }).encode()],
    [
      'one that is signed by a secret',
      ({ about }) =>
        new SignJWT(claimsOf(about))
          .setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } as object })
          .sign(Buffer.alloc(32)),
    ],
  ])('is refused with %s instead of a proof, which does not count as use', async (_, make) => {
    const arranged = await arrange();
    const { front, token, used } = arranged;
    const answer = await queryWithProof(front, token, await make(arranged));
    expect([answer.status, codeOf(answer)]).toEqual([401, 'PROOF_REQUIRED']);
    expect(answer.headers['www-authenticate']).toMatch(/^DPoP .*error="invalid_dpop_proof"/);
    expect(used()).toBeNull();
  });

  it('is refused without a proof: for GraphQL, metrics, logout and WebSockets', async () => {
    const { plane, front, token, prove } = await arrange();
    const headers = { ...JSON_TYPE, Authorization: `Bearer ${token}` };
    for (const what of [
      queryBy(token, '{ viewer { name } }'),
      { path: '/metrics', headers },
      { path: '/logout', method: 'POST', body: '{}', headers },
      { ...queryBy(token, '{ viewer { name } }'), headers: { ...headers, DPoP: await prove() } },
    ]) {
      const answer = await ask(front, what);
      expect([answer.status, codeOf(answer)]).toEqual([401, 'PROOF_REQUIRED']);
    }
    const socket = await openSocket(front);
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    expect((await socket.closed).code).toBe(4403);
    expect(plane.access.authenticate(token)).not.toBeNull();
  });

  it('accepts each proof only once', async () => {
    const { front, token, prove } = await arrange();
    const proof = await prove();
    const statuses = [];
    for (const _ of [1, 2]) statuses.push((await queryWithProof(front, token, proof)).status);
    expect(statuses).toEqual([200, 401]);
  });

  it('opens a WebSocket with a proof in connection_init', async () => {
    const { front, token, prove } = await arrange();
    const proof = await prove({ claims: { htm: 'GET' } });
    const socket = await openSocket(front);
    socket.send({ type: 'connection_init', payload: { authorization: `DPoP ${token}`, dpop: proof } });
    await socket.acknowledged();
    socket.subscribe('1', '{ viewer { name } }');
    expect(await socket.answerTo('1')).toMatchObject({ type: 'next' });
  });

  it('refuses a proof for a previous start of the server, because each start has its own nonces', async () => {
    const { plane, token, prove } = await arrange();
    const proof = await prove();
    const next = await serveAlso(plane);
    const [, payload = ''] = proof.split('.');
    const { nonce } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { nonce: string };
    const answer = await queryWithProof(next, token, await prove({ url: `${next.url}/graphql`, nonce }));
    expect([answer.status, codeOf(answer)]).toEqual([401, 'PROOF_REQUIRED']);
    expect(answer.headers['www-authenticate']).toContain('error="use_dpop_nonce"');
    const again = { url: `${next.url}/graphql`, nonce: String(answer.headers['dpop-nonce']) };
    expect((await queryWithProof(next, token, await prove(again))).status).toBe(200);
  });
});

it('a token that is not bound to a key is refused as DPoP', async () => {
  const { plane, front, prove } = await arrange();
  const answer = await queryWithProof(front, plane.token, await prove({ secret: plane.token }));
  expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
});

it('a wrong proof does not use up a link', async () => {
  const { front, link, logIn, prover, nonce } = await arrange();
  const once = link();
  const about = { url: `${front.url}/login`, secret: once, nonce };
  for (const proof of ['x', await prover.prove({ ...about, secret: 'another' })]) {
    const answer = await logIn(once, proof);
    expect([answer.status, codeOf(answer)]).toEqual([401, 'PROOF_REQUIRED']);
  }
  expect((await logIn(once, await prover.prove(about))).status).toBe(200);
});

describe('nonces', () => {
  it('are valid for two to four minutes and are then replaced', async () => {
    const clock = createManualClock();
    const nonces = createNonces(clock);
    const first = nonces.current();
    await clock.advance(119_999);
    expect(nonces.current()).toBe(first);
    await clock.advance(1);
    expect([nonces.current() === first, nonces.isValid(first)]).toEqual([false, true]);
    await clock.advance(120_000);
    expect(nonces.isValid(first)).toBe(false);
    await clock.advance(1_000_000);
    expect(nonces.isValid(nonces.current())).toBe(true);
  });

  it('accept each proof once, and a limited number of proofs', () => {
    const nonces = createNonces(createManualClock());
    const first = nonces.current();
    expect([nonces.use(first, 'a'), nonces.use(first, 'a')]).toEqual([true, false]);
    for (let count = 1; count < 10_000; count += 1) expect(nonces.use(first, String(count))).toBe(true);
    expect([nonces.isValid(first), nonces.use(first, 'b')]).toEqual([false, false]);
    expect(nonces.use(nonces.current(), 'a')).toBe(true);
  });
});

function claimsOf({ url, secret, nonce }: ProofAbout) {
  return { jti: 'x', htm: 'POST', htu: url, iat: 1, ath: digestOf(secret), nonce };
}
