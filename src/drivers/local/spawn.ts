import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { type FileHandle, stat } from 'node:fs/promises';
import type { AppUser } from '../../host/app-user.ts';
import { directoryProblem, launchAs } from '../../host/as-user.ts';
import { SH, type Shell } from '../../host/shell.ts';
import { enter, openEntrance } from './control-groups.ts';
import { closeAll, openOutputs } from './run-directory.ts';

export type Spawned =
  | { readonly outcome: 'SPAWNED' | 'UNWANTED' }
  | { readonly outcome: 'FAILED'; readonly message: string };

export interface SpawnOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** What enters the cwd as the user: one that hands on the environment. Left out: `sh`. */
  readonly shell?: Shell;
  readonly environment: Readonly<Record<string, string>>;
  /** The run directory, which stdout and stderr are files of. */
  readonly directory: string;
  /** As whom it runs; null: as the user of this process. */
  readonly user: AppUser | null;
  /** What it does in its cwd. */
  readonly use: 'enter' | 'write';
  /** Become its fds 4 and 5; closed here, whether the spawn succeeds or fails. */
  readonly more?: readonly FileHandle[];
  /** The cgroup whose entrance becomes its fd 6; null: it stays in this process's. */
  readonly controlGroup: string | null;
  /** Asked at the last moment. */
  readonly wanted: () => boolean;
  /** In the same turn of the loop as the spawn: the child's exit is not known yet. */
  readonly spawned: (child: ChildProcess, pid: number, isInGroup: boolean) => void;
}

/**
 * Starts a program as the leader of a session and process group of its own, with no stdin. It does not keep
 * this process alive. Every failure is a sentence.
 */
export async function spawnDetached(options: SpawnOptions): Promise<Spawned> {
  const { program, args, cwd, environment, directory, user, controlGroup, more = [] } = options;
  const files = [...more];
  let entrance: number | null = null;
  try {
    const problem = user && (await directoryProblem(user, cwd, options.use));
    if (problem)
      return { outcome: 'FAILED', message: `Cannot run in ${cwd}: ${(await absence(cwd)) ?? problem}` };
    const outputs = await openOutputs(directory, user);
    files.push(...outputs);
    const { shell = SH } = options;
    const launch = await launchAs(user, { program, args, environment, cwd, shell }, directory);
    if (launch.input) files.push(launch.input);
    if (!options.wanted()) return { outcome: 'UNWANTED' };
    entrance = entranceOf(controlGroup);
    const child = spawn(launch.program, launch.args, {
      cwd: launch.cwd,
      env: { ...launch.environment },
      detached: true,
      stdio: [
        ...(['ignore', ...fdsOf(outputs), launch.input?.fd ?? 'ignore'] as const),
        ...([more[0]?.fd ?? 'ignore', more[1]?.fd ?? 'ignore', entrance ?? 'ignore'] as const),
      ],
      ...launch.ids,
    });
    if (child.pid !== undefined) {
      child.unref();
      // A kill that fails is reported here. Nothing can be done about it.
      child.on('error', () => {});
      options.spawned(child, child.pid, controlGroup !== null && enter(controlGroup, child.pid));
      return { outcome: 'SPAWNED' };
    }
    const error = await new Promise<Error>((resolve) => child.once('error', resolve));
    return { outcome: 'FAILED', message: await sentence(error, options) };
  } catch (error) {
    return { outcome: 'FAILED', message: await sentence(error, options) };
  } finally {
    if (entrance !== null) closeSync(entrance);
    // What was spawned has its own copies, so a close that fails says nothing about it.
    await closeAll(files).catch(() => {});
  }
}

function entranceOf(controlGroup: string | null): number | null {
  try {
    return controlGroup === null ? null : openEntrance(controlGroup);
  } catch {
    // Then this process moves the child, or the run has no cgroup.
    return null;
  }
}

function fdsOf(files: readonly FileHandle[]): number[] {
  return files.map(({ fd }) => fd);
}

const CAUSES: Readonly<Record<string, string>> = {
  E2BIG: 'the script and its environment are longer than the system takes; shorten them, or .env',
  EMFILE: 'the control plane has too many open files; raise its limit (ulimit -n)',
  ENFILE: 'the system has too many open files; raise fs.file-max, or run fewer programs',
  EAGAIN: 'the system allows no more processes; raise the limit (ulimit -u, pids.max), or run fewer programs',
  ENOMEM: 'there is not enough memory',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the data directory is on a read-only file system',
  EACCES:
    'permission is denied; the control plane must be allowed to enter the release and to write its data directory',
};

/** What went wrong, for a person. `spawn … ENOENT` is also what the system says of a cwd that is gone. */
async function sentence(error: unknown, { program, cwd }: SpawnOptions): Promise<string> {
  const { code, message, path } = error as NodeJS.ErrnoException;
  const absent = await absence(cwd);
  if (absent !== null) return `Cannot run in ${cwd}: ${absent}`;
  const cause = CAUSES[code ?? ''];
  if (cause) return `Cannot run ${program}: ${cause} (${code})`;
  return code === 'ENOENT'
    ? `Cannot run ${program}: ${path ?? program} is not there`
    : `Cannot run ${program}: ${message}`;
}

/** Null where it is a directory. */
async function absence(cwd: string): Promise<string | null> {
  const there = await stat(cwd).catch(() => null);
  if (!there) return 'the directory is gone';
  return there.isDirectory() ? null : 'it is not a directory';
}
