import { killAll, pidsIn, type RunGroups, removeTree } from './control-groups.ts';
import type { ProcessIdentity, ProcessRow, ProcessSource, ProcessTable } from './process-table.ts';
import { killOne } from './signals.ts';

const LOOKS = 100;

/**
 * Ends what carries a mark of this control plane's, or lives in a cgroup of a run, and belongs to no run of it.
 * @param prefix a mark of this control plane is `<prefix>-<run>`.
 * @returns how many were found; it waits until they are gone (at most some seconds).
 */
export async function endStrangers(
  processes: ProcessSource,
  prefix: string,
  live: ReadonlySet<string>,
  groups: RunGroups | null,
): Promise<number> {
  const ended = new Map<string, ProcessIdentity>();
  const end = ({ pid, start }: ProcessRow) => {
    ended.set(`${pid} ${start}`, { pid, start });
    killOne(pid, start, processes);
  };
  const strangeGroups = [...(groups?.list() ?? [])].filter(([run]) => !live.has(`${prefix}-${run}`));
  await waitUntilGone(processes, (table) => {
    const grouped = strangeGroups.flatMap(([, group]) => rowsIn(table, group));
    for (const [, group] of strangeGroups) killAll(group);
    for (const row of [...grouped, ...strangersIn(table, prefix, live)]) end(row);
    // A process that is ending has no mark and is in no list of its group before it has closed its files and ports.
    return [...ended.values()].filter(({ pid, start }) => table.rows.get(pid)?.start === start);
  });
  for (const [, group] of strangeGroups) removeTree(group);
  return ended.size;
}

/** None, if the group cannot be read: it then stays, and the next start finds it. */
function rowsIn(table: ProcessTable, group: string): readonly ProcessRow[] {
  try {
    return pidsIn(group).flatMap((pid) => table.rows.get(pid) ?? []);
  } catch {
    return [];
  }
}

function strangersIn(table: ProcessTable, prefix: string, live: ReadonlySet<string>): readonly ProcessRow[] {
  return [...table.byMark]
    .filter(([mark]) => mark.startsWith(`${prefix}-`) && !live.has(mark))
    .flatMap(([, rows]) => rows)
    .filter(({ pid }) => pid !== process.pid && pid !== process.ppid);
}

/** Looks until no process is found; gives up on processes that not even SIGKILL ends (they hang in the kernel). */
export async function waitUntilGone(
  processes: ProcessSource,
  find: (table: ProcessTable) => readonly ProcessIdentity[] | Promise<readonly ProcessIdentity[]>,
): Promise<void> {
  for (let look = 0; look < LOOKS; look++) {
    if ((await find(await processes.scan())).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, Math.min(5 * 2 ** look, 50)).unref());
  }
}
