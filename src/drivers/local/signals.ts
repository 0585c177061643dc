import { killAll, pidsIn } from './control-groups.ts';
import type { Members } from './members.ts';
import type { ProcessSource } from './process-table.ts';
import type { RunProcesses } from './run-processes.ts';

export type RunSignal = 'SIGTERM' | 'SIGKILL';

/**
 * Sends a signal to every process of a run: to its groups, and one by one to those that left them. A process
 * that got the pid of one that has ended is never signalled: the start time is compared right before.
 * @returns how many there were.
 */
export async function signalRun(
  run: RunProcesses,
  signal: RunSignal,
  processes: ProcessSource,
  membership: Members,
): Promise<number> {
  if (run.controlGroup !== null) return signalGroup(run.controlGroup, signal);
  const groups = new Set<number>();
  for (const child of [run.shim, run.installer]) {
    // A child that was not reaped keeps its pid: no need to look first.
    if (child?.pid === undefined) continue;
    send(-child.pid, signal);
    groups.add(child.pid);
  }
  const members = await membership.of(run);
  for (const { pid, group, start } of members) {
    if (groups.has(group) || processes.startOf(pid) !== start) continue;
    // Of the run's own group this member is the proof that it still is: no process can have got its id.
    const own = run.leaders.some((leader) => leader.pid === group && leader.proven);
    if (own) groups.add(group);
    send(own ? -group : pid, signal);
  }
  return members.length;
}

function send(target: number, signal: RunSignal): void {
  // 0, 1, -1 and the like mean many processes.
  if (Math.abs(target) <= 1) return;
  try {
    process.kill(target, signal);
  } catch {
    // It has ended meanwhile, or is another user's: the next look finds the processes that are left.
  }
}

/** Lists in a row: a process that was forked during one is in the next. */
const ROUNDS = 10;

/** To all in a cgroup. The kernel lists only the living, and a process that forks meanwhile is listed the next time. */
function signalGroup(group: string, signal: RunSignal): number {
  const signalled = new Set<number>();
  try {
    if (signal === 'SIGKILL') {
      const { length } = pidsIn(group);
      if (killAll(group)) return length;
    }
    for (let round = 0; round < ROUNDS; round++) {
      const fresh = pidsIn(group).filter((pid) => !signalled.has(pid) && pid !== process.pid);
      if (fresh.length === 0) break;
      for (const pid of fresh) {
        signalled.add(pid);
        send(pid, signal);
      }
    }
  } catch {
    // No file descriptor is left: the next look finds the processes that are left.
  }
  return signalled.size;
}

/** SIGKILL to single processes, each checked by its start time. */
export function killOne(pid: number, start: number, processes: ProcessSource): void {
  if (processes.startOf(pid) === start) send(pid, 'SIGKILL');
}
