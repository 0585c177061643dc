import { expect, it } from 'vitest';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { RATES } from '../../src/server/rates.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { ask, codeOf, type Front, openSocket, queryBy, serveAlso } from './support.ts';

/** Almost the highest allowed cost, but little work because there are no lines. */
const COSTLY = `{ ${Array.from({ length: 18 }, (_, n) => `a${n}: logs(last: 1000) { nodes { text } }`).join(' ')} }`;
const CHEAP = '{ viewer { name } }';

function mutations(count: number): string {
  const field = 'stopApp(input: { app: { name: "nobody" } }) { __typename }';
  return `mutation { ${Array.from({ length: count }, (_, n) => `a${n}: ${field}`).join(' ')} }`;
}

/** Another server, whose clock only the test advances. */
async function standing(auth = true) {
  let now = 0;
  const plane = await startControlPlane();
  const front = await serveAlso(plane, { clock: { ...createSystemClock(), monotonic: () => now }, auth });
  const tokenOf = (name: string) =>
    plane.access.create({ name, role: 'ADMIN' as const, expiresAt: null }).text;
  const pass = (ms: number) => {
    now += ms;
  };
  return { plane, front, tokenOf, pass };
}

/** Sends requests until one is refused, and returns the refusal. */
async function exhaust(front: Front, token: string | null, query: string, most: number) {
  for (let n = 0; n < most; n += 1) {
    const answer = await ask(front, queryBy(token, query));
    if (codeOf(answer) === 'RATE_LIMITED') return { answer, asked: n };
  }
  return { answer: null, asked: most };
}

it('a token that exceeds its rate must wait, and others do not', async () => {
  const { front, tokenOf, pass } = await standing();
  const { answer, asked } = await exhaust(front, front.token, COSTLY, 100);
  expect(asked).toBeGreaterThan(RATES.cost.burst / 210_000);
  expect(answer?.status).toBe(429);
  const wait = Number(answer?.headers['retry-after']);
  expect(wait).toBeGreaterThanOrEqual(1);
  expect(JSON.parse(answer?.text ?? '')).toEqual({
    errors: [
      {
        message: `This token has exceeded its rate limit: wait ${wait} s, then try again`,
        extensions: { code: 'RATE_LIMITED', retryAfter: wait },
      },
    ],
  });
  expect((await ask(front, queryBy(front.token, CHEAP))).status).toBe(429);
  expect((await ask(front, queryBy(tokenOf('other'), CHEAP))).status).toBe(200);
  pass(wait * 1_000);
  expect((await ask(front, queryBy(front.token, CHEAP))).status).toBe(200);
});

it('over a WebSocket, the operation is refused and the socket stays open', async () => {
  const { front, pass } = await standing();
  const { init, subscribe, answerTo, socket } = await openSocket(front);
  await init(front.token);
  await exhaust(front, front.token, COSTLY, 100);
  subscribe('early', CHEAP);
  expect(await answerTo('early')).toMatchObject({
    type: 'error',
    payload: [{ extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) } }],
  });
  pass(10_000);
  subscribe('later', CHEAP);
  expect(await answerTo('later')).toMatchObject({ type: 'next' });
  expect(socket.readyState).toBe(socket.OPEN);
});

it('mutations have their own rate; refused ones are neither carried out nor recorded', async () => {
  const { plane, front, pass } = await standing();
  const { answer, asked } = await exhaust(front, front.token, mutations(20), 100);
  expect(asked).toBe(RATES.mutations.burst / 20);
  expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  const all = { after: null, before: null, limit: 2_000, forward: true };
  expect(plane.audit.page(all).entries).toHaveLength(RATES.mutations.burst);
  expect((await ask(front, queryBy(front.token, CHEAP))).status).toBe(200);
  pass(2_100);
  expect((await ask(front, queryBy(front.token, mutations(20)))).status).toBe(200);
  expect((await ask(front, queryBy(front.token, mutations(20)))).status).toBe(200);
  expect((await ask(front, queryBy(front.token, mutations(1)))).status).toBe(429);
}, 60_000);

it('sessions share the rate of the token that created them', async () => {
  const { plane, front } = await standing();
  await exhaust(front, front.token, COSTLY, 100);
  const viewer = plane.access.authenticate(front.token);
  const link = viewer && plane.access.createLink(viewer, 'VIEWER');
  const session = plane.access.redeemLink(link?.secret ?? '');
  expect((await ask(front, queryBy(session?.text ?? '', CHEAP))).status).toBe(429);
});

it('no client is limited if tokens are not required', async () => {
  const { front } = await standing(false);
  expect(await exhaust(front, null, COSTLY, 60)).toMatchObject({ answer: null });
}, 60_000);
