import { readdirSync, readFileSync } from 'node:fs';

/** The inodes that this process watches now, one for each inotify watch: the kernel's own list. */
export function watchedInodes(): number[] {
  return readdirSync('/proc/self/fdinfo').flatMap((fd) => {
    try {
      const text = readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
      return [...text.matchAll(/^inotify wd:\S+ ino:([0-9a-f]+)/gm)].map(([, inode]) => Number(`0x${inode}`));
    } catch {
      // The one that the directory itself was read by.
      return [];
    }
  });
}
