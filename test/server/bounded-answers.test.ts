import { buildSchema, type ExecutionResult, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { LARGEST_ANSWER } from '../../schema/answer-size.ts';
import { executeBounded, jsonBytes, subscribeBounded } from '../../src/server/bounded-answers.ts';

const schema = buildSchema(`
  type Query { label: String! }
  type Mutation { rename: Query! }
  type Subscription { payloads: Query! }
`);
const label = 'x'.repeat(1_024 * 1_024);

function labels(count: number): string {
  return Array.from({ length: count }, (_, n) => `a${n}: label`).join(' ');
}

describe('a response', () => {
  it('is refused if its JSON would be too large, before the JSON is written', async () => {
    const rootValue = { label };
    expect(
      await executeBounded({ schema, document: parse(`{ ${labels(31)} }`), rootValue }),
    ).not.toHaveProperty('errors');
    expect(await executeBounded({ schema, document: parse(`{ ${labels(33)} }`), rootValue })).toMatchObject({
      data: null,
      errors: [
        {
          message: expect.stringMatching(
            /^The response is larger than the limit of 32 MiB: ask for smaller pages/,
          ),
          extensions: { code: 'ANSWER_TOO_LARGE' },
        },
      ],
    });
  });

  it('after a mutation, the refusal says that it was carried out', async () => {
    let renamed = 0;
    const rename = () => {
      renamed += 1;
      return { label };
    };
    const document = parse(`mutation { rename { ${labels(99)} } }`);
    const { errors } = await executeBounded({ schema, document, rootValue: { rename } });
    expect(renamed).toBe(1);
    expect(errors?.[0]?.message).toContain('its mutations were carried out');
  });
});

describe('a stream', () => {
  /** Payloads with this many characters each, and how many were read. */
  function stream(sizes: readonly number[]) {
    const told = { read: 0, ended: false };
    async function* payloads() {
      try {
        for (const size of sizes) {
          told.read += 1;
          yield { payloads: { label: 'x'.repeat(size) } };
        }
      } finally {
        told.ended = true;
      }
    }
    const document = parse(`subscription { payloads { ${labels(40)} } }`);
    return { told, subscribed: subscribeBounded({ schema, document, rootValue: { payloads } }) };
  }

  it('ends with an error in place of a payload that is too large, and sends nothing after it', async () => {
    const { told, subscribed } = stream([10, 1_024 * 1_024, 10]);
    const results: ExecutionResult[] = [];
    for await (const result of (await subscribed) as AsyncIterable<ExecutionResult>) results.push(result);
    expect(results).toHaveLength(2);
    expect(results[0]).not.toHaveProperty('errors');
    expect(results[1]).toMatchObject({
      errors: [
        { message: expect.stringContaining('the stream ends'), extensions: { code: 'ANSWER_TOO_LARGE' } },
      ],
    });
    expect(results[1]?.data).toBeUndefined();
    expect(told).toEqual({ read: 2, ended: true });
  });

  it('ends immediately when its client disconnects while it waits', async () => {
    const { promise } = { promise: new Promise<never>(() => {}) };
    let left = false;
    const waiting = {
      next: () => promise,
      return: async () => {
        left = true;
        return { done: true as const, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    const document = parse('subscription { payloads { label } }');
    const results = (await subscribeBounded({
      ...{ schema, document },
      rootValue: { payloads: () => waiting },
    })) as AsyncGenerator<ExecutionResult>;
    void results.next();
    await results.return(undefined);
    expect(left).toBe(true);
  });
});

describe('bytes of JSON', () => {
  it.each([
    ['escapes', { text: '\u001b'.repeat(1_000) }],
    ['quotes', { text: '"\\'.repeat(1_000) }],
    ['letters of three bytes', { text: '€'.repeat(1_000) }],
    ['halves of symbols', { text: '\uD83D'.repeat(1_000) }],
    ['short texts', { list: Array(1_000).fill('\u0000€"x') }],
    ['numbers', { list: Array(1_000).fill(-1.2345678901234567e-100) }],
    ['nothing', { list: [null, true, false, {}, []] }],
  ])('are never underestimated: %s', (_name, value) => {
    const there = Buffer.byteLength(JSON.stringify(value));
    expect(jsonBytes(value, LARGEST_ANSWER)).toBeGreaterThanOrEqual(there);
  });

  it('are estimated closely for long texts, and counted only up to the limit', () => {
    const value = { lines: Array.from({ length: 1_000 }, (_, n) => `${n} ${'x'.repeat(120)}`) };
    expect(jsonBytes(value, LARGEST_ANSWER)).toBeLessThan(1.1 * JSON.stringify(value).length);
    let read = 0;
    const list = Array.from({ length: 1_000 }, () => ({
      get text() {
        read += 1;
        return 'x'.repeat(100);
      },
    }));
    expect(jsonBytes(list, 1_000)).toBeGreaterThan(1_000);
    expect(read).toBeLessThan(20);
  });
});
