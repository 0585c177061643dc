import { readFileSync } from 'node:fs';

/** How many files this process may have open; null where the system does not tell, or sets no limit. */
export function openFilesLimit(): number | null {
  try {
    return parseOpenFiles(readFileSync('/proc/self/limits', 'utf8'));
  } catch {
    // Not Linux.
    return null;
  }
}

/** @param limits as /proc/<pid>/limits has them: name, soft limit, hard limit, unit */
export function parseOpenFiles(limits: string): number | null {
  const [, soft] = /^Max open files +(\d+) /m.exec(limits) ?? [];
  return soft === undefined ? null : Number(soft);
}
