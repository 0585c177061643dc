import type { ProcessIdentity, ProcessRow, ProcessTable } from './process-table.ts';

/** The first process of a group (and session) that the driver made. */
export interface Leader extends ProcessIdentity {
  /**
   * True once it is certain that the group is the run's. While any member of a group lives, no other process
   * can get its leader's pid; so one look that finds the run there holds until a look finds nobody.
   */
  proven: boolean;
}

/** What a process is known by as one of a run's. */
export interface RunTree {
  readonly mark: string;
  readonly leaders: readonly Leader[];
}

/**
 * The living processes of a run: those in a group of its own, and those that carry its mark. A group counts
 * only where it is proven, or where a member carries the mark: a pid file may be forged, or older than
 * another process's use of the pid. Where marks cannot be read, the leader's start time must do.
 */
export function membersOf(table: ProcessTable, tree: RunTree): readonly ProcessRow[] {
  const members = new Map<number, ProcessRow>();
  for (const leader of tree.leaders) {
    for (const row of groupOf(table, tree.mark, leader)) members.set(row.pid, row);
  }
  for (const row of table.byMark.get(tree.mark) ?? []) members.set(row.pid, row);
  // An outer control plane's own process is never a member, whatever its environment says.
  members.delete(process.pid);
  return [...members.values()];
}

function groupOf(table: ProcessTable, mark: string, leader: Leader): readonly ProcessRow[] {
  const holder = table.rows.get(leader.pid);
  // Somebody else has the leader's pid by now: then nobody of its group was left before.
  if (holder && holder.start !== leader.start) return [];
  const group = (table.byGroup.get(leader.pid) ?? []).filter((row) => row.start >= leader.start);
  const proof = table.tellsMarks ? group.some((row) => row.mark === mark) : holder !== undefined;
  if (!leader.proven && !proof) return [];
  leader.proven = true;
  return group;
}
