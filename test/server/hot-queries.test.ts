import type { IncomingMessage, ServerResponse } from 'node:http';
import fc from 'fast-check';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { GraphQLContext } from '../../schema/context.ts';
import { HotQueries } from '../../src/server/hot-queries.ts';
import { createRates, RATES } from '../../src/server/rates.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { ask, codeOf, type Front, queryBy, type RawAnswer, serveAlso } from './support.ts';

const APPS = '{ apps { nodes { name state desiredState icon revision port { port } } } }';

/** Counts how often the apps are read, which an answer that is kept does not do. */
function countReads({ control: { supervisor } }: ControlPlane): () => number {
  const { apps } = supervisor;
  let reads = 0;
  supervisor.apps = () => {
    reads += 1;
    return apps.call(supervisor);
  };
  return () => reads;
}

/** Asks until the server has learned the query. */
async function learned(front: Front, query: string, token = front.token): Promise<RawAnswer> {
  await ask(front, queryBy(token, query));
  return ask(front, queryBy(token, query));
}

interface AppState {
  readonly name: string;
  readonly revision: number;
}

const appsOf = ({ text }: RawAnswer): readonly AppState[] =>
  (JSON.parse(text) as { data: { apps: { nodes: readonly AppState[] } } }).data.apps.nodes;

describe('a query that is sent again', () => {
  it('is answered without reading anything, with the same bytes and headers', async () => {
    const plane = await startControlPlane();
    const front = await serveAlso(plane);
    await plane.addApp('alpha');
    const first = await ask(front, queryBy(front.token, APPS));
    await learned(front, APPS);
    const reads = countReads(plane);
    const kept = await ask(front, queryBy(front.token, APPS));
    expect(reads()).toBe(0);
    expect(kept.text).toBe(first.text);
    const { date: _, ...headers } = kept.headers;
    const { date: __, ...before } = first.headers;
    expect(headers).toEqual(before);
  });

  it('shows every change that was acknowledged before', async () => {
    const plane = await startControlPlane();
    const front = await serveAlso(plane);
    for (const name of ['alpha', 'beta', 'gamma']) await plane.addApp(name);
    await learned(front, APPS);
    const icons = ['🍏', '🍎', '🍐'];
    const commands = {
      start: (app: string) => ['StartAppSuccess', `startApp(input: { app: ${app} })`],
      stop: (app: string) => ['StopAppSuccess', `stopApp(input: { app: ${app}, wait: true })`],
      icon: (app: string, n: number) => [
        'SetAppIconSuccess',
        `setAppIcon(input: { app: ${app}, icon: "${icons[n]}" })`,
      ],
    } as const;
    const command = fc.record({
      name: fc.constantFrom('alpha', 'beta', 'gamma'),
      what: fc.constantFrom('start', 'stop', 'icon') as fc.Arbitrary<keyof typeof commands>,
      n: fc.nat(2),
      queries: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 6 }), async (steps) => {
        for (const { name, what, n, queries } of steps) {
          const [success, field] = commands[what](`{ name: "${name}" }`, n);
          const mutation = `mutation { done: ${field} { ... on ${success} { app { name revision } } } }`;
          const { data } = JSON.parse((await ask(front, queryBy(front.token, mutation))).text);
          const acknowledged: number = data.done.app?.revision ?? 0;
          const answers = await Promise.all(
            Array.from({ length: queries }, () => ask(front, queryBy(front.token, APPS))),
          );
          for (const answer of answers) {
            const found = appsOf(answer).find((app) => app.name === name);
            expect(found?.revision).toBeGreaterThanOrEqual(acknowledged);
          }
        }
      }),
      { numRuns: 15 },
    );
    const apps = plane.control.supervisor.apps();
    expect(
      appsOf(await ask(front, queryBy(front.token, APPS))).map(({ name, revision }) => [name, revision]),
    ).toEqual(apps.map(({ name, revision }) => [name, revision]));
  });

  it('has another answer at another address, and for other variables', async () => {
    const plane = await startControlPlane();
    const front = await serveAlso(plane);
    await plane.addApp('alpha');
    const urls = (Host: string) => {
      const request = queryBy(front.token, '{ apps { nodes { url } } }');
      return ask(front, { ...request, headers: { ...request.headers, Host } });
    };
    for (let round = 0; round < 3; round += 1) {
      expect((await urls('localhost')).text).toContain('http://localhost:');
      expect((await urls('127.0.0.1')).text).toContain('http://127.0.0.1:');
    }
    const byName = async (name: string) => {
      const query = 'query Q($name: String!) { app(by: { name: $name }) { name } }';
      const body = JSON.stringify({ query, variables: { name } });
      return (await ask(front, { ...queryBy(front.token, query), body })).text;
    };
    for (let round = 0; round < 3; round += 1) {
      expect(await byName('alpha')).toBe('{"data":{"app":{"name":"alpha"}}}');
      expect(await byName('nobody')).toBe('{"data":{"app":null}}');
    }
  });

  it('by a token that was revoked is refused', async () => {
    const plane = await startControlPlane();
    const front = await serveAlso(plane);
    const { token, text } = plane.access.create({ name: 'guest', role: 'ADMIN', expiresAt: null });
    await learned(front, APPS, text);
    plane.access.revoke(token.id);
    expect((await ask(front, queryBy(text, APPS))).status).toBe(401);
    expect((await ask(front, queryBy(front.token, APPS))).status).toBe(200);
  });

  it('is executed again if it reads what no commit changes', async () => {
    const plane = await startControlPlane();
    const front = await serveAlso(plane);
    await plane.addApp('alpha');
    const query = '{ apps { nodes { name usage { processes } port { state } } } }';
    await learned(front, query);
    const reads = countReads(plane);
    await ask(front, queryBy(front.token, query));
    expect(reads()).toBeGreaterThan(0);
  });

  it('keeps its error, whatever was answered before', async () => {
    const plane = await startControlPlane();
    const front = await serveAlso(plane);
    for (let round = 0; round < 3; round += 1) {
      const page = await ask(front, queryBy(front.token, '{ apps(first: 5000) { nodes { name } } }'));
      expect(codeOf(page)).toBe('INVALID_PAGE');
    }
    await learned(front, APPS);
    const more = { ...queryBy(front.token, APPS), body: JSON.stringify({ query: APPS, variables: [1] }) };
    expect((await ask(front, more)).status).toBe(400);
    const text = '{"query":"{ __typename }"';
    expect((await ask(front, { ...queryBy(front.token, APPS), body: text })).status).toBe(400);
  });

  it('goes to Yoga, which refuses it, if its token is too fast', async () => {
    const plane = await startControlPlane();
    const front = await serveAlso(plane);
    const { text } = plane.access.create({ name: 'busy', role: 'VIEWER', expiresAt: null });
    await learned(front, '{ __typename }', text);
    const clock = createManualClock();
    const rates = createRates(clock);
    const viewer = plane.access.authenticate(text);
    if (!viewer) throw new Error('The token is valid');
    let taken = 0;
    while (rates.cached(viewer) === null) taken += 1;
    expect(taken).toBe(RATES.cost.burst / 20);
    const hot = new HotQueries({
      supervisor: { version: 1 },
      rates,
      createContext: () => ({ viewer }) as GraphQLContext,
    });
    hot.learnType('', 'application/json');
    hot.learn('{ __typename }', null, parse('{ __typename }'));
    const request = { headers: {} } as IncomingMessage;
    expect(hot.answerKept(request, {} as ServerResponse, viewer, '{"query":"{ __typename }"}')).toBe(false);
  });
});
