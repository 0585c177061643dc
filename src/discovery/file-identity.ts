import { type BigIntStats, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { FileIdentity } from '../core/file-identity.ts';

export type { FileIdentity } from '../core/file-identity.ts';

/**
 * Device, inode and birth time. The birth time matters because file systems give the inode of a removed directory to a
 * new one, and a new app must not be taken for one that is gone.
 */
export function identityOf(stats: BigIntStats): FileIdentity {
  return `${stats.dev}:${stats.ino}:${hasBirthTimes() ? stats.birthtimeNs : 0n}`;
}

let known: boolean | null = null;

/** Where the system has no statx, Node returns the time of the last change as the birth time of every file. */
function hasBirthTimes(): boolean {
  known ??= ['/', '/etc', tmpdir()].some((path) => {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats !== undefined && stats.birthtimeNs !== stats.ctimeNs;
  });
  return known;
}

/** Differs whenever the content may. */
export function contentVersion(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}
