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

test('has an entry before the act is done, and then its outcome', async () => {
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
  expect(page(ALL).entries[0]?.input).toBe('x'.repeat(1_024));
});

test('an act without an entry must not be done; an outcome that cannot be stored fails nothing', () => {
  const { log, store, problems } = createLog();
  const full = () => {
    throw new Error('database or disk is full');
  };
  expect(() => log({ ...store, append: full }).begin(ENTRY)).toThrow('full');
  log({ ...store, finish: full }).begin(ENTRY)('OK');
  expect(problems).toEqual(['The outcome of a mutation is not in the audit log']);
});

test('has room for 60 entries a minute that change nothing, of each token, and an entry for the first refusal', async () => {
  const { begin, secondsUntilRoom, page, clock } = createLog();
  const ask = (entry: typeof ENTRY | (Omit<typeof ENTRY, 'token'> & { token: string }) = ENTRY) => {
    const room = secondsUntilRoom(entry, entry.token) === 0;
    if (room) begin(entry)('FORBIDDEN');
    return room;
  };
  expect(Array.from({ length: 100 }, () => ask())).toEqual(Array.from({ length: 100 }, (_, at) => at < 60));
  expect(ask({ ...ENTRY, token: 'bbbbbbbbbb' })).toBe(true);
  const outcomes = page(ALL).entries.map(({ outcome }) => outcome);
  expect(outcomes).toEqual([...Array(60).fill('FORBIDDEN'), 'RATE_LIMITED', 'FORBIDDEN']);
  clock.jump(86_400_000);
  await clock.advance(59_999);
  expect(ask()).toBe(false);
  await clock.advance(1);
  expect(ask()).toBe(true);
});

test('has room for 1,000 of them a day, however they are spread, with those of its sessions', async () => {
  const { begin, secondsUntilRoom, page, clock } = createLog();
  let written = 0;
  for (let minute = 0; minute < 30; minute += 1) {
    for (let n = 0; n < 50; n += 1) {
      const entry = { ...ENTRY, token: n % 2 ? 'bbbbbbbbbb' : ENTRY.token };
      if (secondsUntilRoom(entry, ENTRY.token) > 0) continue;
      begin(entry)('FORBIDDEN');
      written += 1;
    }
    await clock.advance(60_000);
  }
  expect(written).toBe(1_000);
  const { entries } = page({ ...ALL, limit: 2_000 });
  expect(entries).toHaveLength(1_001);
  expect(entries.at(-1)?.outcome).toBe('RATE_LIMITED');
  expect(secondsUntilRoom(ENTRY, ENTRY.token)).toBe(86_400 - 30 * 60);
  expect(secondsUntilRoom(ENTRY, 'cccccccccc')).toBe(0);
  await clock.advance(86_400_000 - 30 * 60_000);
  expect(secondsUntilRoom(ENTRY, ENTRY.token)).toBe(0);
});

test('has no room either where that could not be recorded', () => {
  const { log, store, problems } = createLog();
  const full = () => {
    throw new Error('database or disk is full');
  };
  const { secondsUntilRoom } = log({ ...store, append: full });
  expect(Array.from({ length: 62 }, () => secondsUntilRoom(ENTRY, 'aaaaaaaaaa')).slice(-3)).toEqual([
    0, 60, 60,
  ]);
  expect(problems).toEqual(['It could not be recorded that a token was held up']);
});
