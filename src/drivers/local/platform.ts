import { existsSync } from 'node:fs';
import { findControlGroup } from './control-groups.ts';
import { createProcProcesses } from './proc-processes.ts';
import type { ProcessSource } from './process-table.ts';
import { createPsProcesses } from './ps-processes.ts';
import { createProcSockets, NO_SOCKETS, type SocketSource } from './sockets.ts';

/** What differs between systems. */
export interface Platform {
  readonly processes: ProcessSource;
  readonly sockets: SocketSource;
  /** The cgroup v2 directory in which runs may have groups of their own; null where there is none. */
  readonly controlGroup: string | null;
}

/** Linux shows everything in /proc. Elsewhere a run is known by its process group and descent, and a port by a connection. */
export function createPlatform(): Platform {
  return existsSync('/proc/self/stat') && existsSync('/proc/sys/kernel/random/boot_id')
    ? { processes: createProcProcesses(), sockets: createProcSockets(), controlGroup: findControlGroup() }
    : { processes: createPsProcesses(), sockets: NO_SOCKETS, controlGroup: null };
}
