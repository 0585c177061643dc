import { expect, onTestFinished, test } from 'vitest';
import { startUpkeep } from '../../src/access/index.ts';
import { anAuditEntry, aToken } from '../db/rows.ts';
import { until } from '../support/until.ts';
import { createBench } from './support.ts';

const DAY = 86_400_000;
const ALL = { after: null, before: null, limit: 5_000, forward: true };

function createUpkeep(keep: readonly string[] = []) {
  const bench = createBench();
  const { clock, stores } = bench;
  // As the clock has it: test/access/clock-set.test.ts is about the two going apart.
  const time = { latest: clock.now, earliest: clock.now, keep() {} };
  const problems: unknown[] = [];
  const problem = (data: object) => void problems.push(data);
  const start = () => {
    const stop = startUpkeep({
      ...{ tokens: stores.tokens, audit: stores.audit, clock, time, keep },
      ...{ auditRetention: 90 * DAY, liveRuns: () => [...bench.liveRuns] },
      logger: { info() {}, warn: problem, error: problem },
    });
    onTestFinished(stop);
    return stop;
  };
  return { ...bench, start, problems };
}

test('entries go after their time, tokens 30 days after their end, and runs’ tokens at once', async () => {
  const { clock, stores, liveRuns, start } = createUpkeep(['kept000000']);
  const now = clock.now();
  for (const id of ['ended00000', 'kept000000']) stores.tokens.insert(aToken(id, { revokedAt: now }));
  stores.tokens.insert(aToken('good000000'));
  for (const run of [1, 2]) stores.tokens.insert(aToken(`run000000${run}`, { kind: 'RUN', run }));
  liveRuns.add(2);
  stores.audit.append(anAuditEntry({ at: now }));
  const ids = () => stores.tokens.all().map(({ id }) => id);
  start();
  expect(ids()).toEqual(['ended00000', 'kept000000', 'good000000', 'run0000002']);
  await clock.advance(30 * DAY);
  expect(ids()).toContain('ended00000');
  await clock.advance(3_600_000);
  expect(ids()).toEqual(['kept000000', 'good000000', 'run0000002']);
  await clock.advance(60 * DAY - 3_600_000);
  expect(stores.audit.page(ALL).entries).toHaveLength(1);
  await clock.advance(3_600_000);
  expect(stores.audit.page(ALL).entries).toEqual([]);
});

test('of very many entries some go at a time, and all go', async () => {
  const { stores, start } = createUpkeep();
  for (let count = 0; count < 2_500; count += 1) stores.audit.append(anAuditEntry({ at: 1 }));
  start();
  expect(stores.audit.page(ALL).entries).toHaveLength(1_500);
  await until(() => stores.audit.page(ALL).entries.length === 0, 'all are gone');
});

test('a round that fails is logged, and another one follows; none after the end', async () => {
  const { clock, stores, start, problems } = createUpkeep();
  stores.audit.append(anAuditEntry({ at: 1 }));
  const prune = stores.audit.prune;
  Object.assign(stores.audit, {
    prune: () => {
      throw new Error('disk I/O error');
    },
  });
  const stop = start();
  await clock.advance(0);
  expect(problems).toHaveLength(1);
  Object.assign(stores.audit, { prune });
  await clock.advance(3_600_000);
  expect(stores.audit.page(ALL).entries).toEqual([]);
  stop();
  expect(clock.pending()).toBe(0);
});
