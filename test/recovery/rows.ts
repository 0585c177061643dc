import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import type { Lifecycle } from '../../src/core/lifecycle.ts';
import type { DriverHandle, Run } from '../../src/core/run.ts';
import type { Plane } from './plane.ts';

/**
 * Puts an app's record into a state that a kill may leave, by hand, while no control plane is there:
 * `change` answers the run as it is to be, and the phase that it is in follows it.
 */
export function setRun(plane: Plane, name: string, change: Partial<Run>): void {
  const database = new SQLite(join(plane.dataDir, '.toehold/toehold.db'));
  try {
    const row = database.prepare('SELECT id, lifecycle FROM apps WHERE name = ?').get(name) as
      | { id: number; lifecycle: string }
      | undefined;
    const lifecycle = JSON.parse(row?.lifecycle ?? '{}') as Lifecycle;
    if (!('run' in lifecycle.phase) || !('app' in lifecycle.phase.run)) throw new Error(`${name} has no run`);
    const run: Run = { ...lifecycle.phase.run, ...change };
    const phase = { ...lifecycle.phase, kind: run.phase, run };
    database
      .prepare('UPDATE apps SET lifecycle = ?, phase = ? WHERE id = ?')
      .run(JSON.stringify({ ...lifecycle, phase }), run.phase, row?.id);
    database
      .prepare('UPDATE runs SET phase = ?, handle = ?, pid = ? WHERE id = ?')
      .run(run.phase, run.handle && JSON.stringify(run.handle), run.pid, run.id);
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
