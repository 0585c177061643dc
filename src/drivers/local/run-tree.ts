import type { ProcessIdentity, ProcessRow, ProcessTable } from './process-table.ts';

/** The first process of a group (and session) that the driver made. */
export interface Leader extends ProcessIdentity {
  /**
   * True once it is certain that the group is the run's. While any member of a group lives, no other process
   * can get its leader's pid; so one look that finds the run there holds until a look finds no process.
   */
  proven: boolean;
}

/** What a process is known by as one of a run's, where no cgroup holds the run. */
export interface RunTree {
  readonly mark: string;
  /** The user whose processes may carry the mark; null where the system does not show it. */
  readonly uid: number | null;
  readonly leaders: readonly Leader[];
  /** Members that no group and no mark shows, by pid, with their start times. Each look brings it up to date. */
  readonly followed: Map<number, number>;
}

/**
 * The living processes of a run:
 *
 * - Those in a group of its own. A group counts only where it is proven, or where a member carries the mark: a pid
 *   file may be forged, or older than another process's use of the pid. Where marks cannot be read, the leader's
 *   start time must do.
 * - Those that carry its mark and run as its user: a process of another user could carry it only to be counted here.
 * - Those that an earlier look found, and that still live.
 * - Children of all of these, and processes in the session of one that more than the mark shows. A process
 *   that cleared its environment and left its group is seen only while a parent of it lives, or if an earlier look
 *   saw it.
 */
export function membersOf(table: ProcessTable, tree: RunTree): readonly ProcessRow[] {
  const members = new Map<number, ProcessRow>();
  const plain = new Set<number>();
  for (const leader of tree.leaders) {
    for (const row of groupOf(table, tree.mark, leader)) members.set(row.pid, row);
  }
  for (const [pid, start] of tree.followed) {
    const row = table.rows.get(pid);
    if (row?.start === start) members.set(pid, row);
  }
  const carriers = (table.byMark.get(tree.mark) ?? []).filter(({ uid }) => uid === tree.uid);
  for (const row of carriers) {
    if (!members.has(row.pid)) plain.add(row.pid);
    members.set(row.pid, row);
  }
  addRelatives(table, members, plain, Math.min(...tree.leaders.map(({ start }) => start)));
  // An outer control plane's own process is never a member, whatever its environment says.
  members.delete(process.pid);
  follow(tree, members, plain);
  return [...members.values()];
}

/**
 * @param plain the pids of members that nothing but the mark shows.
 * @param began when the run did: who shares its sessions was born later.
 */
function addRelatives(
  table: ProcessTable,
  members: Map<number, ProcessRow>,
  plain: ReadonlySet<number>,
  began: number,
): void {
  const own = table.rows.get(process.pid)?.session;
  // The session of a terminal in which a person only set the mark is not the run's.
  const foreign = new Set(plain);
  const queue = [...members.values()];
  for (const row of queue) {
    const isOwnSession = row.session !== own && !foreign.has(row.pid);
    const children = (table.byParent.get(row.pid) ?? []).filter(({ start }) => start >= row.start);
    const peers = (isOwnSession && table.bySession.get(row.session)) || [];
    for (const other of [...children, ...peers.filter(({ start }) => start >= began)]) {
      if (members.has(other.pid) || other.pid === process.pid) continue;
      members.set(other.pid, other);
      if (!isOwnSession && other.session === row.session) foreign.add(other.pid);
      queue.push(other);
    }
  }
}

function follow(tree: RunTree, members: ReadonlyMap<number, ProcessRow>, plain: ReadonlySet<number>): void {
  const groups = new Set(tree.leaders.filter(({ proven }) => proven).map(({ pid }) => pid));
  tree.followed.clear();
  for (const { pid, group, start } of members.values()) {
    if (!groups.has(group) && !plain.has(pid)) tree.followed.set(pid, start);
  }
}

function groupOf(table: ProcessTable, mark: string, leader: Leader): readonly ProcessRow[] {
  const holder = table.rows.get(leader.pid);
  // Another process has the leader's pid by now, so no process of the group can be left.
  if (holder && holder.start !== leader.start) return [];
  const group = (table.byGroup.get(leader.pid) ?? []).filter((row) => row.start >= leader.start);
  const proof = table.tellsMarks ? group.some((row) => row.mark === mark) : holder !== undefined;
  if (!leader.proven && !proof) return [];
  leader.proven = true;
  return group;
}
