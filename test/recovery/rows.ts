import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import type { DriverHandle, Run } from '../../src/core/run.ts';
import type { Plane } from './plane.ts';

/**
 * Puts an app's record into a state that a kill may leave, by hand, while no control plane is there:
 * `change` answers the run as it is to be, and the phase that it is in follows it.
 */
export function setRun(plane: Plane, name: string, change: Partial<Run>): void {
  const database = new SQLite(join(plane.dataDir, '.toehold/toehold.db'));
  try {
    const row = database
      .prepare(
        `SELECT runs.id, runs.phase, runs.pid, runs.handle FROM runs
         JOIN apps ON json_extract(apps.lifecycle, '$.phase.run.id') = runs.id WHERE apps.name = ?`,
      )
      .get(name) as { id: number; phase: string; pid: number | null; handle: string | null } | undefined;
    if (!row) throw new Error(`${name} has no run`);
    const { phase = row.phase, pid = row.pid } = change;
    const handle = change.handle === undefined ? row.handle : change.handle && JSON.stringify(change.handle);
    database
      .prepare(`UPDATE apps SET lifecycle = json_set(lifecycle, '$.phase.kind', ?) WHERE name = ?`)
      .run(phase, name);
    database
      .prepare('UPDATE runs SET phase = ?, handle = ?, pid = ? WHERE id = ?')
      .run(phase, handle, pid, row.id);
  } finally {
    database.close();
  }
}

/** The driver's words for processes that it may never have seen. */
export function handleOf(boot: string, shim: ProcessNamed, script: ProcessNamed | null): DriverHandle {
  return { driver: 'local', version: 1, data: { boot, shim, script } };
}

/** A process and when it began, in clock ticks since the machine did. */
export interface ProcessNamed {
  readonly pid: number;
  readonly start: number;
}
