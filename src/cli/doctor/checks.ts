import { apps } from './apps.ts';
import { environment } from './environment.ts';
import { permissions } from './files.ts';
import type { Check } from './finding.ts';
import { logs } from './logs.ts';
import { ports } from './ports.ts';
import { node, programs, sqlite } from './programs.ts';
import { server } from './server.ts';
import { containment, disk, holes, inotify } from './system.ts';

/** All checks, in the order of the report. */
export const CHECKS: readonly Check[] = [
  ...[node, sqlite, programs, server],
  ...[disk, logs, holes, inotify, containment, ports, permissions, environment, apps],
];
