import { expect, it } from 'vitest';
import { withOwners } from '../../schema/log-owners.ts';
import type { LogEntryRecord } from '../../src/contracts/logs.ts';
import type { AppView } from '../../src/contracts/supervisor.ts';
import type { Run } from '../../src/core/run.ts';

const line = (app: number, run: number): LogEntryRecord => ({
  ...{ position: { mark: 1, byte: run }, stream: 'STDOUT', at: 0, text: `of run ${run}`, truncated: false },
  ...{ app, run },
});

it('looks each owner up once, and leaves out lines of apps and runs that are gone', () => {
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
