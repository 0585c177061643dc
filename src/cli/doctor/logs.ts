import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { appsOfRuns } from '../../../db/examine.ts';
import { trustDirectory } from '../../host/trust.ts';
import { bytes } from '../terminal/format.ts';
import { type Check, findingsOf } from './finding.ts';

/** The others are summed up. */
const MOST_TOLD = 10;

/** How much of the disk the log of each app takes. */
export const logs: Check = {
  name: 'logs',
  async run({ stateDir, logRetention }) {
    const { ok } = findingsOf(logs.name);
    const file = join(stateDir, 'toehold.db');
    const names = trustDirectory(stateDir).ok ? appsOfRuns(file) : new Map<number, string>();
    const used = new Map<string, number>();
    for (const run of await readdir(join(stateDir, 'runs')).catch(() => [])) {
      const name = names.get(Number(run)) ?? 'runs of no app';
      used.set(name, (used.get(name) ?? 0) + (await sizeOf(join(stateDir, 'runs', run))));
    }
    if (used.size === 0) return [ok('There are no logs yet')];
    const apps = [...used].sort(([, a], [, b]) => b - a);
    const told = apps.slice(0, MOST_TOLD).map(([name, size]) => `${name} ${bytes(size)}`);
    const rest = apps.slice(MOST_TOLD);
    if (rest.length > 0) told.push(`${rest.length} others ${bytes(sum(rest))}`);
    const limit = `at most about ${bytes(logRetention)} for each app (TOEHOLD_LOG_RETENTION)`;
    return [ok(`Logs take ${bytes(sum(apps))} of the disk: ${told.join(', ')}; ${limit}`)];
  },
};

/** What the files of a run take on the disk, in bytes. Holes take nothing. */
async function sizeOf(directory: string): Promise<number> {
  let size = 0;
  for (const file of await readdir(directory).catch(() => [])) {
    const stats = await lstat(join(directory, file)).catch(() => null);
    size += (stats?.blocks ?? 0) * 512;
  }
  return size;
}

function sum(apps: readonly (readonly [string, number])[]): number {
  return apps.reduce((total, [, size]) => total + size, 0);
}
