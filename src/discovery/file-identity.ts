import type { BigIntStats } from 'node:fs';

/** Which file, among all that there are or were on this machine. */
export type FileIdentity = string;

/** Device and inode: what stays with a directory when it is renamed (the contract's `identity`). */
export function directoryIdentity(stats: BigIntStats): FileIdentity {
  return `${stats.dev}:${stats.ino}`;
}

/** With the time of its making: file systems give a removed file's inode to the next one. */
export function watchIdentity(stats: BigIntStats): FileIdentity {
  return `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
}

/** Differs whenever the content may. */
export function contentVersion(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`;
}
