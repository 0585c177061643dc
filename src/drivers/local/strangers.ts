import type { ProcessIdentity, ProcessRow, ProcessSource, ProcessTable } from './process-table.ts';
import { killOne } from './signals.ts';

const LOOKS = 100;

/**
 * Ends what carries a mark of this control plane's and belongs to no run of it.
 * @param prefix a mark of this control plane is `<prefix>-<run>`.
 * @returns how many were found; it waits until they are gone (at most some seconds).
 */
export async function endStrangers(
  processes: ProcessSource,
  prefix: string,
  live: ReadonlySet<string>,
): Promise<number> {
  const ended = new Set<string>();
  await waitUntilGone(processes, (table) => {
    const strangers = strangersIn(table, prefix, live);
    for (const { pid, start } of strangers) {
      ended.add(`${pid} ${start}`);
      killOne(pid, start, processes);
    }
    return strangers;
  });
  return ended.size;
}

function strangersIn(table: ProcessTable, prefix: string, live: ReadonlySet<string>): readonly ProcessRow[] {
  return [...table.byMark]
    .filter(([mark]) => mark.startsWith(`${prefix}-`) && !live.has(mark))
    .flatMap(([, rows]) => rows)
    .filter(({ pid }) => pid !== process.pid && pid !== process.ppid);
}

/** Looks until nobody is found; gives up on processes that not even SIGKILL ends (they hang in the kernel). */
export async function waitUntilGone(
  processes: ProcessSource,
  find: (table: ProcessTable) => readonly ProcessIdentity[],
): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if (find(await processes.scan()).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(5 * 2 ** look, 50)).unref());
  }
}
