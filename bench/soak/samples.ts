import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { residentMb } from '../support/measure.ts';
import type { Toehold } from '../support/toehold.ts';

/** What must not grow while the same things happen again and again. */
export const MEASURES = {
  memory: { what: 'resident memory', unit: 'MB', floor: 15 },
  heap: { what: 'heap in use', unit: 'MB', floor: 25 },
  files: { what: 'open files', unit: '', floor: 8 },
  timers: { what: 'timers and other active resources', unit: '', floor: 10 },
  tables: { what: 'SQLite without events and audit log', unit: 'KB', floor: 300 },
  wal: { what: 'write-ahead log of SQLite', unit: 'KB', floor: 1_000 },
  spools: { what: 'spools on disk', unit: 'MB', floor: 5 },
  runs: { what: 'directories of runs', unit: '', floor: 15 },
} as const;

export type Measure = keyof typeof MEASURES;
export type Sample = Readonly<Record<Measure, number>>;

/** Measures the server once. The metrics are those that people see at /metrics. */
export async function takeSample(toehold: Toehold): Promise<Sample> {
  const metrics = await metricsOf(toehold);
  const state = join(toehold.dataDir, '.toehold');
  const spools = spoolsOf(join(state, 'runs'));
  const database = join(state, 'toehold.db');
  return {
    memory: residentMb(toehold.pid),
    heap: (metrics.get('nodejs_heap_size_used_bytes') ?? Number.NaN) / 1024 ** 2,
    files: readdirSync(`/proc/${toehold.pid}/fd`).length,
    timers: metrics.get('nodejs_active_resources_total') ?? Number.NaN,
    tables: boundedBytes(database) / 1024,
    wal: existsSync(`${database}-wal`) ? statSync(`${database}-wal`).size / 1024 : 0,
    spools: spools.bytes / 1024 ** 2,
    runs: spools.directories,
  };
}

async function metricsOf(toehold: Toehold): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`http://127.0.0.1:${toehold.port}/metrics`, {
    headers: { authorization: `Bearer ${toehold.token}` },
  });
  const text = await response.text();
  return new Map([...text.matchAll(/^(\w+) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]));
}

/** Events and the audit log are kept for months, and are cut once an hour, so they grow during a soak. */
function boundedBytes(path: string): number {
  const database = new Database(path, { readonly: true });
  try {
    const query = `SELECT sum(pgsize) AS bytes FROM dbstat WHERE aggregate = TRUE AND name IN
      (SELECT name FROM sqlite_schema WHERE tbl_name NOT IN ('events', 'audit'))`;
    return (database.prepare(query).get() as { bytes: number }).bytes;
  } finally {
    database.close();
  }
}

function spoolsOf(runs: string): { readonly directories: number; readonly bytes: number } {
  const directories = readdirSync(runs);
  let bytes = 0;
  for (const directory of directories) {
    try {
      for (const name of readdirSync(join(runs, directory))) {
        // Blocks, because retention frees the beginning of a file that stays as long as it was.
        bytes += statSync(join(runs, directory, name)).blocks * 512;
      }
    } catch {
      // Removed meanwhile.
    }
  }
  return { directories: directories.length, bytes };
}
