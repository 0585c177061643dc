import type { LogEntryRecord } from '../src/contracts/logs.ts';
import type { AppView, Supervisor } from '../src/contracts/supervisor.ts';
import type { AppId } from '../src/core/app.ts';
import type { Run, RunId } from '../src/core/run.ts';
import type { LogEntryNode } from './refs.ts';

/**
 * Gives lines their app and run, each looked up once. Lines of an app or run that was removed
 * while they were being read are left out: they are gone with it.
 */
export function withOwners(
  records: readonly LogEntryRecord[],
  supervisor: Pick<Supervisor, 'appById' | 'run'>,
): LogEntryNode[] {
  const apps = new Map<AppId, AppView | null>();
  const runs = new Map<RunId, Run | null>();
  const nodes: LogEntryNode[] = [];
  for (const record of records) {
    const app = remembered(apps, record.app, (id) => supervisor.appById(id));
    const run = remembered(runs, record.run, (id) => supervisor.run(id));
    if (app && run) nodes.push({ record, app, run });
  }
  return nodes;
}

function remembered<K, V>(known: Map<K, V>, key: K, find: (key: K) => V): V {
  const found = known.get(key);
  if (found !== undefined) return found;
  const value = find(key);
  known.set(key, value);
  return value;
}
