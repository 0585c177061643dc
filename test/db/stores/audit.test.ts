import { expect, test } from 'vitest';
import { anAuditEntry } from '../rows.ts';
import { openTemporary } from '../support.ts';

const ALL = { after: null, before: null, limit: 100, forward: true };

test('an entry has a number of its own, and its outcome once it is known', () => {
  const { audit } = openTemporary();
  const first = audit.append(anAuditEntry());
  const second = audit.append(anAuditEntry({ token: null, action: 'stopApp' }));
  audit.finish(second, 'APP_NOT_FOUND', 2_000);
  expect(audit.page(ALL).entries).toEqual([
    { ...anAuditEntry(), seq: first, outcome: null, endedAt: null },
    {
      ...anAuditEntry({ token: null, action: 'stopApp' }),
      ...{ seq: second, outcome: 'APP_NOT_FOUND', endedAt: 2_000 },
    },
  ]);
});

test.each([
  [{ ...ALL, limit: 2 }, [1, 2], false, true],
  [{ ...ALL, limit: 2, after: 2 }, [3, 4], true, true],
  [{ ...ALL, limit: 2, after: 4 }, [5], true, false],
  [{ ...ALL, after: 5 }, [], true, false],
  [{ ...ALL, limit: 2, forward: false }, [4, 5], true, false],
  [{ ...ALL, limit: 2, forward: false, before: 4 }, [2, 3], true, true],
  [{ ...ALL, limit: 2, forward: false, before: 2 }, [1], false, true],
  [{ ...ALL, forward: false, before: 1 }, [], false, true],
  [{ ...ALL, forward: false, after: 1, before: 3 }, [2], true, true],
])('the page %j', (request, seqs, hasPrevious, hasNext) => {
  const { audit } = openTemporary();
  for (let count = 0; count < 5; count += 1) audit.append(anAuditEntry());
  const page = audit.page(request);
  expect(page.entries.map(({ seq }) => seq)).toEqual(seqs);
  expect(page).toMatchObject({ hasPrevious, hasNext });
});

test('what is old goes, some at a time; a number never comes back', () => {
  const { audit } = openTemporary();
  for (const at of [1, 2, 3, 4]) audit.append(anAuditEntry({ at }));
  expect(audit.prune({ olderThan: 4, most: 100, limit: 2 })).toBe(2);
  expect(audit.prune({ olderThan: 4, most: 100, limit: 2 })).toBe(1);
  expect(audit.page(ALL).entries.map(({ at }) => at)).toEqual([4]);
  expect(audit.prune({ olderThan: 9, most: 100, limit: 2 })).toBe(1);
  expect(audit.append(anAuditEntry())).toBe(5);
});

test('of more than it may hold the oldest go, some at a time', () => {
  const { audit } = openTemporary();
  for (let count = 0; count < 10; count += 1) audit.append(anAuditEntry());
  const prune = () => audit.prune({ olderThan: 0, most: 4, limit: 5 });
  expect([prune(), prune(), prune()]).toEqual([5, 1, 0]);
  expect(audit.page(ALL).entries.map(({ seq }) => seq)).toEqual([7, 8, 9, 10]);
});
