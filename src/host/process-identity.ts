import { closeSync, openSync, readdirSync, readFileSync, readSync, type Stats, statSync } from 'node:fs';
import { codeOf } from './safe-open.ts';

/** A process as a file or a row names it: a pid alone may have been given to another process since. */
export interface ClaimedProcess {
  readonly pid: number;
  /** In clock ticks since the machine started; null where the system that wrote it has no /proc. */
  readonly startTime: number | null;
  /** The start of the machine that `startTime` counts from; null where the system has no /proc. */
  readonly bootId: string | null;
}

/** A line of /proc/<pid>/stat (proc_pid_stat(5)). Times are in clock ticks, `rss` is in pages. */
export interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** User and system time. */
  readonly cpu: number;
  readonly threads: number;
  /** Since the machine started. */
  readonly start: number;
  readonly rss: number;
}

/** Null where the text is no such line. */
export function parseStat(line: string): ProcessStat | null {
  // The name of the program stands in parentheses and may itself hold any character.
  const end = line.lastIndexOf(')');
  const pid = Number.parseInt(line, 10);
  if (end < 0 || !(pid > 0)) return null;
  // fields[0] is field 3 of the manual page.
  const fields = line.slice(end + 2).split(' ');
  const start = Number(fields[19]);
  if (!Number.isInteger(start)) return null;
  return {
    pid,
    state: fields[0] ?? '',
    parent: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    cpu: Number(fields[11]) + Number(fields[12]),
    threads: Number(fields[17]),
    start,
    rss: Number(fields[21]),
  };
}

const buffer = Buffer.alloc(4_096);

/** Null where there is no such process. @throws where it cannot be read, for example for want of a file descriptor */
export function readStat(pid: number): ProcessStat | null {
  let file: number | undefined;
  try {
    file = openSync(`/proc/${pid}/stat`, 'r');
    return parseStat(buffer.toString('latin1', 0, readSync(file, buffer)));
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(codeOf(error))) return null;
    throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/**
 * Whether the process has ended and only waits to be reaped. `state` is that of its first thread: while others are
 * left, the process has all its memory, files, and ports.
 */
export function isDead({ state, threads }: ProcessStat): boolean {
  return (state === 'Z' || state === 'X' || state === 'x') && threads <= 1;
}

/** Identifies this start of the machine; null where the system has no /proc. */
export function bootId(): string | null {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

/** When this process started. */
export function ownIdentity(): Omit<ClaimedProcess, 'pid'> {
  return { startTime: startTimeOf(process.pid), bootId: bootId() };
}

/** In clock ticks since the machine started; null where the process is gone or the system has no /proc. */
export function startTimeOf(pid: number): number | null {
  return statOrNull(pid)?.start ?? null;
}

/** Whether that very process still runs. Without /proc: whether a process of that pid and of this user runs. */
export function isProcess({ pid, startTime, bootId: boot }: ClaimedProcess): boolean {
  if (startTime === null) return maySignal(pid);
  if (boot !== null && boot !== bootId()) return false;
  const stat = statOrNull(pid);
  return stat !== null && !isDead(stat) && stat.start === startTime;
}

/** The effective user of a process; null where the system does not say. */
export function uidOfProcess(pid: number): number | null {
  // Not the owner of /proc/<pid>: that is root where the process may not be dumped.
  const [, uid] = /^Uid:\t\d+\t(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '') ?? [];
  return uid === undefined ? null : Number(uid);
}

/** Whether the process has this file open, by device and inode and not by name; null where the system does not say. */
export function hasOpen(pid: number, path: string): boolean | null {
  try {
    const { dev, ino } = statSync(path);
    const fds = readdirSync(`/proc/${pid}/fd`);
    return fds.some((fd) => {
      const stats = statsOrNull(`/proc/${pid}/fd/${fd}`);
      return stats?.dev === dev && stats.ino === ino;
    });
  } catch (error) {
    const { path: failed } = error as NodeJS.ErrnoException;
    return codeOf(error) === 'ENOENT' && failed === path ? false : null;
  }
}

function statOrNull(pid: number): ProcessStat | null {
  try {
    return readStat(pid);
  } catch {
    return null;
  }
}

function statsOrNull(path: string): Stats | null {
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

/** EPERM: the process is another user's, whatever a file says. */
function maySignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
