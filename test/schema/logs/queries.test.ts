import { expect, it, test } from 'vitest';
import { logQuery, withOwners } from '../../../schema/logs/queries.ts';
import type { LogEntryRecord } from '../../../src/contracts/logs.ts';
import type { AppView } from '../../../src/contracts/supervisor.ts';
import type { Run } from '../../../src/core/run.ts';

const line = (app: number, run: number): LogEntryRecord => ({
  ...{ position: { mark: 1, byte: run }, stream: 'STDOUT', at: 0, text: `of run ${run}`, truncated: false },
  ...{ app, run },
});

it('looks up each app and run once, and leaves out lines of removed ones', () => {
  const looked: string[] = [];
  const nodes = withOwners([line(1, 10), line(1, 10), line(2, 20), line(1, 11), line(1, 10), line(2, 20)], {
    appById: (id) => {
      looked.push(`app ${id}`);
      return id === 1 ? ({ id, name: 'alpha' } as AppView) : null;
    },
    run: (id) => {
      looked.push(`run ${id}`);
      return id === 11 ? null : ({ id } as Run);
    },
  });
  expect(nodes.map(({ record, app, run }) => [record.text, app.name, run.id])).toEqual(
    Array(3).fill(['of run 10', 'alpha', 10]),
  );
  expect(looked.sort()).toEqual(['app 1', 'app 2', 'run 10', 'run 11', 'run 20']);
});

test('limits the length of a search text, because a long one can take seconds for each megabyte', () => {
  expect(logQuery({ apps: null }, { contains: 'é'.repeat(125) }).contains).toHaveLength(125);
  expect(() => logQuery({ apps: null }, { contains: 'é'.repeat(126) })).toThrow(
    '"contains" has 252 bytes: look for at most 250',
  );
});
