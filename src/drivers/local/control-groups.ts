import { spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { RunId } from '../../core/run.ts';

/**
 * The cgroup v2 directory of this process, where this process may make groups below it and programs may enter
 * them; null elsewhere. It is found as cgroups(7) says: by the `0::` line of /proc/self/cgroup and the mounts of
 * type cgroup2, which on some machines lie beside v1 controllers.
 */
export function findControlGroup(): string | null {
  try {
    const own = ownControlGroup(
      readFileSync('/proc/self/mountinfo', 'utf8'),
      readFileSync('/proc/self/cgroup', 'utf8'),
    );
    return own !== null && takesRuns(own) ? own : null;
  } catch {
    return null;
  }
}

/** The path of a process's own group in this mount namespace. Null where no mount shows it. */
export function ownControlGroup(mountinfo: string, cgroup: string): string | null {
  const path = /^0::(\/.*)$/m.exec(cgroup)?.[1]?.replace(/ \(deleted\)$/, '');
  if (path === undefined || path.startsWith('/..')) return null;
  for (const line of mountinfo.split('\n')) {
    // proc_pid_mountinfo(5): id, parent, device, root, mount point, options, tags, "-", type, source, options
    const [fields, rest] = line.split(' - ');
    const [, , , root, mountPoint] = fields?.split(' ') ?? [];
    if (!rest?.startsWith('cgroup2 ') || root === undefined || mountPoint === undefined) continue;
    const below = root === '/' ? path : path.startsWith(`${root}/`) ? path.slice(root.length) : '';
    if (root === '/' || path === root || below !== '') return join(unescapeOctal(mountPoint), below);
  }
  return null;
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** Tries it: a group that cannot be entered (a threaded one, a read-only mount, another user's) is useless. */
function takesRuns(own: string): boolean {
  const trial = join(own, `toehold-trial-${process.pid}`);
  try {
    mkdirSync(trial);
    const enter = 'printf 0 >"$1/cgroup.procs" && exec cat /proc/self/cgroup';
    const { stdout } = spawnSync('/bin/sh', ['-c', enter, 'sh', trial], { env: {}, encoding: 'utf8' });
    return stdout.includes(`/${basename(trial)}`);
  } catch {
    return false;
  } finally {
    removeTree(trial);
  }
}

/** `toehold-<mark prefix>/run-<id>`: found again by its name, which no other program uses. */
export class RunGroups {
  /** The directory that holds the groups of all runs of this state directory. */
  readonly base: string;

  constructor(own: string, markPrefix: string) {
    this.base = join(own, `toehold-${markPrefix}`);
  }

  pathOf(run: RunId): string {
    return join(this.base, `run-${run}`);
  }

  /** Makes the group; null where the system refuses (cgroup.max.descendants, no memory). */
  make(run: RunId): string | null {
    try {
      mkdirSync(this.pathOf(run), { recursive: true });
      return this.pathOf(run);
    } catch {
      return null;
    }
  }

  /** The run whose group a process is in; null where it is in none, or is gone. */
  runOf(pid: number): RunId | null {
    try {
      const path = /^0::(\/.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, 'utf8'))?.[1] ?? '';
      const [, run] = /\/run-(\d+)(?:\/|$)/.exec(path) ?? [];
      return run !== undefined && path.includes(`/${basename(this.base)}/run-`) ? Number(run) : null;
    } catch {
      return null;
    }
  }

  /** The groups that are there, by run. */
  list(): ReadonlyMap<RunId, string> {
    const found = new Map<RunId, string>();
    for (const name of entries(this.base)) {
      const run = /^run-(\d+)$/.exec(name)?.[1];
      if (run !== undefined) found.set(Number(run), join(this.base, name));
    }
    return found;
  }

  /** Removes the group of a run that has ended: at once, or when the kernel has done with its last process. */
  release(path: string, tries = 5): void {
    removeTree(path);
    if (tries > 0 && isThere(path)) setTimeout(() => this.release(path, tries - 1), 50).unref();
  }

  /** Removes the directory of all groups where none is left. */
  close(): void {
    remove(this.base);
  }
}

/** Whether a path that was written down earlier can be the group of the run with this mark (`<mark prefix>-<run id>`). */
export function isGroupOf(mark: string, path: string): boolean {
  const end = mark.lastIndexOf('-');
  return (
    basename(path) === `run-${mark.slice(end + 1)}` &&
    basename(dirname(path)) === `toehold-${mark.slice(0, end)}`
  );
}

/**
 * A file descriptor by whose `0` its writer enters the group. The kernel checks the rights of the process that opened it
 * (Linux 5.16 and later), so that a process of another user may enter with it. The caller closes it.
 * @throws the system's error
 */
export function openEntrance(group: string): number {
  return openSync(join(group, 'cgroup.procs'), 'w');
}

/** Moves a process into the group. False where the system refuses. */
export function enter(group: string, pid: number): boolean {
  try {
    writeFileSync(join(group, 'cgroup.procs'), String(pid));
    return true;
  } catch (error) {
    // A child that has ended had entered by itself, or has left no process.
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * The ids of the processes in the group and in those that its processes made below it; empty where none is left,
 * and where the group is gone: only an empty one can be removed. Zombies are not listed.
 * @throws the system's error where the list cannot be read
 */
export function pidsIn(group: string): readonly number[] {
  try {
    const own = readFileSync(join(group, 'cgroup.procs'), 'latin1');
    const pids = own.split('\n').filter(Boolean).map(Number);
    return subgroups(group).reduce((all, below) => all.concat(pidsIn(below)), pids);
  } catch (error) {
    // A threaded group below: its processes are listed in the one above.
    if (isGone(error) || (error as NodeJS.ErrnoException).code === 'EOPNOTSUPP') return [];
    throw error;
  }
}

/** Whether a process lives in the group or below. @throws the system's error where the list cannot be read */
export function isPopulated(group: string): boolean {
  try {
    return /^populated 1$/m.test(readFileSync(join(group, 'cgroup.events'), 'latin1'));
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

/** Processor time that the group's processes have used, those included that have ended, in milliseconds; null where the kernel does not count it. */
export function cpuMsOf(group: string): number | null {
  try {
    const used = /^usage_usec (\d+)$/m.exec(readFileSync(join(group, 'cpu.stat'), 'latin1'))?.[1];
    return used === undefined ? null : Number(used) / 1_000;
  } catch {
    return null;
  }
}

/** SIGKILL to all in the group and below, at once: no process can fork away from it. False where the kernel is older than 5.14. */
export function killAll(group: string): boolean {
  let file: number | undefined;
  try {
    // Never created: where the kernel has no such file there is none.
    file = openSync(join(group, 'cgroup.kill'), 'r+');
    writeSync(file, '1');
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENODEV';
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

export function isThere(group: string): boolean {
  return statSync(group, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Removes an empty group, with the empty groups below. One that holds a process stays. */
export function removeTree(group: string): void {
  try {
    for (const below of subgroups(group)) removeTree(below);
  } catch {
    // It is gone, or stays.
  }
  remove(group);
}

function remove(group: string): void {
  try {
    rmdirSync(group);
  } catch {
    // A process lives in it, or it is gone.
  }
}

/** @throws the system's error where the list cannot be read */
function subgroups(group: string): string[] {
  return readdirSync(group, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(group, name));
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENODEV';
}
