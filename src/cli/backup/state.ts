import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type BackedUpApp,
  BackupError,
  type BackupFacts,
  backUp,
  becomeDatabase,
  readBackup,
} from '../../../db/backup.ts';
import {
  DatabaseError,
  lockStateDirectory,
  type StateDirectoryLock,
  StateDirectoryLockedError,
} from '../../../db/index.ts';
import { reasonOf } from '../../core/errors.ts';
import { MARK_VARIABLE } from '../../core/run.ts';
import { readPidFile } from '../../drivers/local/run-directory.ts';
import { syncDirectory } from '../../host/files.ts';
import { judged, ownUid, trustDirectory } from '../../host/trust.ts';
import { CommandFailure, refused, wrongUse } from '../failure.ts';
import { toehold } from '../own-name.ts';
import { stopIfSignaled } from '../signals.ts';
import { asideOf, entriesOf, makePlace, putInPlace } from './place.ts';

const DATABASE = 'toehold.db';
const NOTHING_CHANGED = 'Nothing has changed';

/** Writes a backup beside its place and renames it. An existing file is replaced only if it is a backup. @throws CommandFailure */
export async function writeBackup(
  stateDir: string,
  target: string,
  facts: Omit<BackupFacts, 'apps'>,
): Promise<readonly BackedUpApp[]> {
  if (existsSync(target)) {
    const other = problemWith(target);
    if (other !== null)
      throw refused(`${target} exists and ${other}: it was not replaced. Name another file`);
  }
  const made = `${target}.${randomBytes(6).toString('hex')}`;
  try {
    const apps = await backUp(join(stateDir, DATABASE), made, facts);
    await stopIfSignaled(`${target} was not written`);
    await rename(made, target);
    await syncDirectory(dirname(target));
    return apps;
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    if (error instanceof DatabaseError) throw refused(error.message);
    throw refused(`${target} could not be written: ${reasonOf(error)}`);
  } finally {
    for (const suffix of ['', '-journal', '-wal', '-shm']) await rm(`${made}${suffix}`, { force: true });
  }
}

export interface Restored {
  readonly facts: BackupFacts;
  /** Where the state that was there before is now; null: there was none. */
  readonly aside: string | null;
}

/**
 * Makes a state directory of a backup. All of it is made and checked beside its place, and then renamed: before that, nothing that was
 * there has changed. What was there is kept beside it. @throws CommandFailure
 */
export async function restoreState(
  file: string,
  stateDir: string,
  { force }: { force: boolean },
): Promise<Restored> {
  const dataDir = dirname(stateDir);
  distrustBackup(file);
  const hasState = entriesOf(stateDir).length > 0;
  if (hasState && !force)
    throw refused(
      `${stateDir} has the state of a server. With --force it is moved aside, and the backup takes its place`,
    );
  const trust = trustDirectory(dataDir);
  if (!trust.ok && trust.code !== 'absent')
    throw refused(`${trust.problem}: nothing was restored there\n${trust.advice}`);
  const made = await makePlace(dataDir).catch((error) => {
    throw refused(`${dataDir} cannot be used (${reasonOf(error)}). Nothing was restored`);
  });
  const locks: StateDirectoryLock[] = [];
  try {
    // It keeps the lock in its new place: no server uses the state before this is done.
    locks.push(lockOf(made));
    const facts = await makeState(file, made);
    if (hasState) locks.push(lockOf(stateDir));
    const aside = hasState ? asideOf(stateDir) : null;
    await stopIfSignaled(NOTHING_CHANGED);
    putInPlace(made, stateDir, aside);
    await syncDirectory(dataDir);
    return { facts, aside };
  } finally {
    for (const lock of locks) lock.release();
    await rm(made, { recursive: true, force: true });
  }
}

async function makeState(file: string, directory: string): Promise<BackupFacts> {
  const database = join(directory, DATABASE);
  try {
    await copyFile(file, database);
    await stopIfSignaled(NOTHING_CHANGED);
    const facts = readBackup(database);
    becomeDatabase(database);
    if (facts.token !== null)
      await writeFile(join(directory, 'token'), `${facts.token}\n`, { mode: 0o600, flush: true });
    await mkdir(join(directory, 'runs'), { mode: 0o700 });
    await syncDirectory(directory);
    return facts;
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    if (error instanceof BackupError) throw refused(`${file} ${error.message}. Nothing has changed`);
    if (error instanceof DatabaseError)
      throw refused(`${error.message.replace(database, file)}. Nothing has changed`);
    throw refused(`${file} could not be read (${reasonOf(error)}). Nothing has changed`);
  }
}

/** A backup that others could write has tokens that they know. */
function distrustBackup(file: string): void {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (!stats) throw wrongUse(`${file} does not exist`);
  if (!stats.isFile()) throw refused(`${file} is no file`);
  const trust = judged(file, stats, ownUid());
  if (!trust.ok) throw refused(`${trust.problem}, and is not restored\n${trust.advice}`);
}

/** Proves that no server uses the state, and no app of it runs. @throws CommandFailure */
function lockOf(stateDir: string): StateDirectoryLock {
  let lock: StateDirectoryLock;
  try {
    lock = lockStateDirectory(stateDir);
  } catch (error) {
    if (!(error instanceof StateDirectoryLockedError)) throw refused(reasonOf(error));
    throw refused(
      `a server uses ${stateDir} (pid ${error.holder?.pid ?? 'unknown'}): end it first with ${toehold()} shutdown --stop. Nothing has changed`,
    );
  }
  const running = runsAlive(stateDir);
  if (running === 0) return lock;
  lock.release();
  throw refused(
    `${running === 1 ? 'an app' : `${running} apps`} of ${stateDir} still run${running === 1 ? 's' : ''}, and no server would know of ${running === 1 ? 'it' : 'them'}. Start the server, and end it with ${toehold()} shutdown --stop. Nothing has changed`,
  );
}

/** How many runs of the state have a living process. Without /proc: none is seen. */
function runsAlive(stateDir: string): number {
  const runs = join(stateDir, 'runs');
  return entriesOf(runs).filter((run) => {
    const file = readPidFile(join(runs, run));
    return [file?.shim, file?.script].some((one) => one && hasMark(one.pid, run));
  }).length;
}

function hasMark(pid: number, run: string): boolean {
  try {
    const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    return variables.some((entry) => entry.startsWith(`${MARK_VARIABLE}=`) && entry.endsWith(`-${run}`));
  } catch {
    return false;
  }
}

function problemWith(file: string): string | null {
  try {
    readBackup(file);
    return null;
  } catch (error) {
    return error instanceof BackupError ? error.message : `cannot be read (${reasonOf(error)})`;
  }
}
