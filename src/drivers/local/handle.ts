import type { DriverHandle } from '../../core/run.ts';
import type { ProcessIdentity } from './process-table.ts';
import type { PidFile } from './run-directory.ts';
import type { RunProcesses } from './run-processes.ts';

export const DRIVER_NAME = 'local';
const VERSION = 1;

/** The same as the run's pid file, as known when the handle was made. */
export function makeHandle(run: RunProcesses, boot: string): DriverHandle {
  return {
    driver: DRIVER_NAME,
    version: VERSION,
    data: { boot, shim: run.shimIdentity, script: run.script, controlGroup: run.controlGroup },
  };
}

/** The cgroup that the run was started in; null where it had none, or an older version wrote the handle. */
export function controlGroupIn(handle: DriverHandle | null): string | null {
  const { controlGroup } = (handle?.data ?? {}) as { controlGroup?: unknown };
  return handle?.driver === DRIVER_NAME && typeof controlGroup === 'string' ? controlGroup : null;
}

/** Null where it is another driver's, or of a version that this one does not know. */
export function readHandle(handle: DriverHandle | null): PidFile | null {
  if (handle?.driver !== DRIVER_NAME || handle.version !== VERSION) return null;
  const { boot, shim, script } = handle.data as { boot?: unknown; shim?: unknown; script?: unknown };
  if (typeof boot !== 'string' || !isIdentity(shim)) return null;
  return { boot, shim, script: isIdentity(script) ? script : null };
}

function isIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, start } = value as Record<string, unknown>;
  return Number.isInteger(pid) && Number.isInteger(start);
}
