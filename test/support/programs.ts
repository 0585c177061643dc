import { fileURLToPath } from 'node:url';

/** The tiny programs that tests run as apps; each says at its top what it does and what it takes. */
export type ProgramName =
  | 'serve'
  | 'idle'
  | 'print'
  | 'environment'
  | 'grandchild'
  | 'fork-and-exit'
  | 'leave-port'
  | 'roam'
  | 'count'
  | 'environment-server';

/** A shell line that runs one of them. Arguments must need no quoting. */
export function program(name: ProgramName, ...args: readonly (string | number)[]): string {
  return ['node', programPath(name), ...args].join(' ');
}

export function programPath(name: ProgramName): string {
  return fileURLToPath(new URL(`../fixtures/apps-programs/${name}.mjs`, import.meta.url));
}
