import type { BigIntStats } from 'node:fs';

/** Which file or directory, among all that there are or were on this machine. It survives a rename. */
export type FileIdentity = string;

/**
 * Device, inode, and the time of its making: file systems give a removed one's inode to the next that is
 * made, and a new app must not be taken for one that is gone.
 */
export function identityOf(stats: BigIntStats): FileIdentity {
  return `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
}

/** Differs whenever the content may. */
export function contentVersion(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}
