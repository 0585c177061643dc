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
