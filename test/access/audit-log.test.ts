import { expect, test } from 'vitest';
import { createAuditLog } from '../../src/access/index.ts';
import { createBench } from './support.ts';

const ALL = { after: null, before: null, limit: 100, forward: true };
const ENTRY = {
  actor: 'ci',
  token: 'aaaaaaaaaa',
  role: 'OPERATOR',
  action: 'startApp',
  input: '{}',
} as const;

function createLog() {
  const { stores, clock } = createBench();
  const problems: string[] = [];
  const problem = (_data: object, message: string) => void problems.push(message);
  const log = (store = stores.audit) =>
    createAuditLog({ store, clock, logger: { info() {}, warn: problem, error: problem } });
  return { ...log(), log, store: stores.audit, clock, problems };
}

test('tells of what began before it is done, and then what came of it', async () => {
  const { begin, page, clock } = createLog();
  const end = begin(ENTRY);
  const at = clock.now();
  expect(page(ALL).entries).toEqual([{ ...ENTRY, at, seq: 1, outcome: null, endedAt: null }]);
  await clock.advance(1_500);
  end('OK');
  expect(page(ALL).entries).toEqual([{ ...ENTRY, at, seq: 1, outcome: 'OK', endedAt: at + 1_500 }]);
});

test('keeps the beginning of a long input', () => {
  const { begin, page } = createLog();
  begin({ ...ENTRY, input: 'x'.repeat(10_000) });
  expect(page(ALL).entries[0]?.input).toBe('x'.repeat(4_096));
});

test('what cannot be told of is not to be done; an outcome that cannot be told fails nothing', () => {
  const { log, store, problems } = createLog();
  const full = () => {
    throw new Error('database or disk is full');
  };
  expect(() => log({ ...store, append: full }).begin(ENTRY)).toThrow('full');
  log({ ...store, finish: full }).begin(ENTRY)('OK');
  expect(problems).toEqual(['The outcome of a mutation is not in the audit log']);
});

test('has room for 60 entries a minute that change nothing, of each token, and tells of the first without', async () => {
  const { begin, hasRoomFor, page, clock } = createLog();
  const ask = (entry: typeof ENTRY | (Omit<typeof ENTRY, 'token'> & { token: string }) = ENTRY) => {
    const room = hasRoomFor(entry);
    if (room) begin(entry)('FORBIDDEN');
    return room;
  };
  expect(Array.from({ length: 100 }, () => ask())).toEqual(Array.from({ length: 100 }, (_, at) => at < 60));
  expect(ask({ ...ENTRY, token: 'bbbbbbbbbb' })).toBe(true);
  const outcomes = page(ALL).entries.map(({ outcome }) => outcome);
  expect(outcomes).toEqual([...Array(60).fill('FORBIDDEN'), 'TOO_MANY_REQUESTS', 'FORBIDDEN']);
  clock.jump(86_400_000);
  await clock.advance(59_999);
  expect(ask()).toBe(false);
  await clock.advance(1);
  expect(ask()).toBe(true);
});

test('has no room either where that could not be recorded', () => {
  const { log, store, problems } = createLog();
  const full = () => {
    throw new Error('database or disk is full');
  };
  const { hasRoomFor } = log({ ...store, append: full });
  expect(Array.from({ length: 62 }, () => hasRoomFor(ENTRY)).slice(-3)).toEqual([true, false, false]);
  expect(problems).toEqual(['It could not be recorded that a token was held up']);
});
