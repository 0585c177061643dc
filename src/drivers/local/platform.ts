import { existsSync } from 'node:fs';
import { createProcProcesses } from './proc-processes.ts';
import type { ProcessSource } from './process-table.ts';
import { createPsProcesses } from './ps-processes.ts';
import { createProcSockets, NO_SOCKETS, type SocketSource } from './sockets.ts';

/** What differs between systems. */
export interface Platform {
  readonly processes: ProcessSource;
  readonly sockets: SocketSource;
}

/** Linux tells everything in /proc. Elsewhere a run is its process group, and a port is asked by a connection. */
export function createPlatform(): Platform {
  return existsSync('/proc/self/stat') && existsSync('/proc/sys/kernel/random/boot_id')
    ? { processes: createProcProcesses(), sockets: createProcSockets() }
    : { processes: createPsProcesses(), sockets: NO_SOCKETS };
}
