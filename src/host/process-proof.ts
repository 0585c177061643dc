import { readdirSync, readFileSync, statSync } from 'node:fs';

/** A process as its own file tells of it. */
export interface ClaimedProcess {
  readonly pid: number;
  /** In clock ticks since the machine started; null where the system that wrote it has no /proc. */
  readonly startTime: number | null;
  readonly bootId: string | null;
}

/** Whether the very process still runs: a pid is used again. Without /proc only whether one of this user's does. */
export function isProcess({ pid, startTime, bootId }: ClaimedProcess): boolean {
  if (startTime === null) return isOwn(pid);
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return false;
  const boot = read('/proc/sys/kernel/random/boot_id')?.trim();
  if (bootId !== null && boot !== bootId) return false;
  // The name of the program, in brackets, may hold anything; `starttime` is the 22nd field, the 20th behind it (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] !== 'Z' && fields[0] !== 'X' && Number(fields[19]) === startTime;
}

/** The account that the process acts as; null where nobody tells. */
export function uidOfProcess(pid: number): number | null {
  // Not the owner of /proc/<pid>: that is root's where a process may not be dumped.
  const [, uid] = /^Uid:\t\d+\t(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '') ?? [];
  return uid === undefined ? null : Number(uid);
}

/** Whether the process has this file open, by what it is and not by its name; null where nobody tells. */
export function hasOpen(pid: number, path: string): boolean | null {
  try {
    const { dev, ino } = statSync(path);
    const fds = readdirSync(`/proc/${pid}/fd`);
    return fds.some((fd) => {
      const stats = statOf(`/proc/${pid}/fd/${fd}`);
      return stats?.dev === dev && stats.ino === ino;
    });
  } catch (error) {
    const { code, path: failed } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' && failed === path ? false : null;
  }
}

function statOf(path: string) {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}

/** EPERM: it is another user's, whatever a file says. */
function isOwn(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
