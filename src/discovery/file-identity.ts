import { type BigIntStats, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { FileIdentity } from '../core/file-identity.ts';

export type { FileIdentity } from '../core/file-identity.ts';

/**
 * Device, inode, and the time of its making: file systems give a removed one's inode to the next that is
 * made, and a new app must not be taken for one that is gone.
 */
export function identityOf(stats: BigIntStats): FileIdentity {
  return `${stats.dev}:${stats.ino}:${tellsBirth() ? stats.birthtimeNs : 0n}`;
}

let told: boolean | null = null;

/** Where the system has no statx, Node gives the time of the last change for the birth of every file. */
function tellsBirth(): boolean {
  told ??= ['/', '/etc', tmpdir()].some((path) => {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats !== undefined && stats.birthtimeNs !== stats.ctimeNs;
  });
  return told;
}

/** Differs whenever the content may. */
export function contentVersion(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}
