import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RUN_FILES } from '../core/run.ts';
import { judged, modeOf, ownUid, quoted, trustDirectory } from './trust.ts';

export type PreparedDirectory =
  /** `changes`: sentences for a person, about what was changed. */
  | { readonly ok: true; readonly changes: readonly string[] }
  | { readonly ok: false; readonly message: string };

const OPEN_TO_OTHERS = 0o077;
const WRITABLE_BY_OTHERS = 0o022;
/** It has a directory for each run. */
const RUNS = 'runs';

/**
 * Makes the state directory for its owner only (mode 0700), or sets that mode where it exists. Refuses a directory that
 * others could write to unless it is empty: a token, a database or a log in it may be theirs.
 * @throws the system's error
 */
export function prepareStateDirectory(path: string): PreparedDirectory {
  const uid = ownUid();
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const stats = lstatSync(path);
  const others = `chown -R ${uid} ${quoted(path)} && chmod -R go-rwx ${quoted(path)}`;
  if (stats.isDirectory() && stats.uid === uid && stats.mode & OPEN_TO_OTHERS) {
    const wasWritable = (stats.mode & WRITABLE_BY_OTHERS) !== 0;
    if (wasWritable && readdirSync(path).length > 0) {
      return no(
        `${path} could be written by others (mode ${modeOf(stats)}), and what is in it may be theirs`,
        `Remove it, or look at every file in it and then run ${others}`,
      );
    }
    chmodSync(path, 0o700);
    const trust = trustDirectory(path, uid);
    const changes = [`${path} was open to others (mode ${modeOf(stats)}): it is closed to them now (0700)`];
    return trust.ok ? checked(trust.path, uid, changes) : no(trust.problem, trust.advice);
  }
  const trust = trustDirectory(path, uid);
  if (!trust.ok) return no(trust.problem, trust.advice);
  if (trust.uid !== uid)
    return no(
      `${path} belongs to another user (uid ${trust.uid})`,
      'Run the server as that user, or set DATA_DIR',
    );
  return checked(trust.path, uid, []);
}

/** Checks the content: another user may have put a file there while the directory was open. */
function checked(path: string, uid: number, changes: readonly string[]): PreparedDirectory {
  for (const name of readdirSync(path)) {
    const at = join(path, name);
    const stats = lstatSync(at, { throwIfNoEntry: false });
    // A symlink is judged by its owner; its mode means nothing.
    if (!stats || (stats.isSymbolicLink() && (stats.uid === uid || stats.uid === 0))) continue;
    const trust = judged(at, stats, uid);
    if (!trust.ok) return no(trust.problem, `Remove it if you did not put it there, else: ${trust.advice}`);
  }
  return runsProblem(path, uid) ?? { ok: true, changes };
}

/** Files that belong to the user as whom an app runs. In a directory of ours no other user can exchange them. */
const OF_THE_APP: ReadonlySet<string> = new Set([RUN_FILES.STDOUT, RUN_FILES.STDERR]);

/**
 * A server that ran as another user leaves run directories of that user. In them that user could replace a log by a
 * symlink while this process truncates or removes it.
 */
function runsProblem(path: string, uid: number): PreparedDirectory | null {
  const runs = trustDirectory(join(path, RUNS));
  if (!runs.ok) return runs.code === 'absent' ? null : no(runs.problem, runs.advice);
  for (const run of readdirSync(runs.path)) {
    const directory = join(runs.path, run);
    const problem = entryProblem(directory, uid);
    if (problem !== null) return leftBehind(problem, runs.path, uid);
    if (!lstatSync(directory).isDirectory()) continue;
    for (const name of readdirSync(directory)) {
      const found = OF_THE_APP.has(name) ? null : entryProblem(join(directory, name), uid);
      if (found !== null) return leftBehind(found, runs.path, uid);
    }
  }
  return null;
}

function entryProblem(path: string, uid: number): string | null {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return `${path} is a symlink`;
  const trust = judged(path, stats, uid);
  return trust.ok ? null : trust.problem;
}

function leftBehind(problem: string, runs: string, uid: number): PreparedDirectory {
  const own = `chown -R ${uid} ${quoted(runs)} && chmod -R go-rwx ${quoted(runs)}`;
  return no(
    problem,
    `Remove it if you did not put it there; if a server that ran as another user did: ${own}`,
  );
}

function no(problem: string, advice: string): PreparedDirectory {
  return { ok: false, message: `${problem}, and this server does not use it\n${advice}` };
}
