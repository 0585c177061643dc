import fc from 'fast-check';
import { buildSchema, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { printedSchema } from '../../schema/sdl.ts';
import { randomOperation } from './random-operation.ts';
import { startTarget, type Target } from './target.ts';

const schema = buildSchema(printedSchema());
const RUNS = 300;

test('any operation is answered, and nothing of it is unexpected', { timeout: 120_000 }, async () => {
  const target = await startTarget();
  let valid = 0;
  await fc.assert(
    fc.asyncProperty(randomOperation(schema), async (query) => {
      if (validate(schema, parse(query)).length === 0) valid += 1;
      await isAnswered(target, JSON.stringify({ query }));
    }),
    { numRuns: RUNS },
  );
  // Else nothing but refusals would have been tried.
  expect(valid).toBeGreaterThan(RUNS / 2);
  await target.unharmed();
});

test('so is one that something was done to', { timeout: 120_000 }, async () => {
  const target = await startTarget();
  const damaged = fc
    .tuple(
      randomOperation(schema),
      fc.nat(),
      fc.nat({ max: 12 }),
      fc.string({ unit: 'binary', maxLength: 8 }),
    )
    .map(([query, at, length, put]) => {
      const place = at % query.length;
      return query.slice(0, place) + put + query.slice(place + length);
    });
  const body = fc.oneof(
    damaged.map((query) => JSON.stringify({ query })),
    fc
      .record({
        query: fc.anything(),
        variables: fc.anything(),
        operationName: fc.anything(),
        extensions: fc.anything(),
      })
      .map((value) => JSON.stringify(value)),
    fc.json(),
  );
  await fc.assert(
    fc.asyncProperty(body, (text) => isAnswered(target, text)),
    { numRuns: RUNS },
  );
  await target.unharmed();
});

async function isAnswered({ url, token }: Target, body: string): Promise<void> {
  const response = await fetch(new URL('/graphql', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  expect(response.status).toBeLessThan(500);
  expect(JSON.parse(text)).toSatisfy((answer: object) => 'data' in answer || 'errors' in answer);
  expect(text).not.toContain('INTERNAL_SERVER_ERROR');
}
