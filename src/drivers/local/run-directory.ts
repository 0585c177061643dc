import { chmodSync, closeSync, constants, fchmodSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSpec } from '../../contracts/driver.ts';
import { reasonOf } from '../../core/errors.ts';
import { RUN_FILES } from '../../core/run.ts';
import type { AppUser } from '../../host/app-user.ts';
import { parseStat } from '../../host/process-identity.ts';
import { type ReadFile, readRegularNow } from '../../host/safe-read.ts';
import { type ExitStatus, fromShell } from './exit-status.ts';
import type { ProcessIdentity } from './process-table.ts';

/** What the shim wrote of itself and of the script. */
export interface PidFile {
  readonly boot: string;
  readonly shim: ProcessIdentity;
  /** Null until the script is there. */
  readonly script: ProcessIdentity | null;
}

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
/** The control plane's own four lines; more is forged. In bytes. */
const LARGEST_PID_FILE = 4_096;
const LARGEST_EXIT_FILE = 16;
const { O_WRONLY, O_CREAT, O_APPEND, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;

/**
 * Makes a run's directory; no other user may look into it, because logs may hold secrets.
 * @throws Error with a sentence.
 */
export function makeRunDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
    // The umask may have taken something from the mode; or it was there.
    chmodSync(directory, DIRECTORY_MODE);
  } catch (error) {
    throw new Error(`The run's directory cannot be made: ${reasonOf(error)}`, { cause: error });
  }
}

/** For people who look into the directory; the control plane does not read it. @throws Error with a sentence. */
export function writeMeta(directory: string, spec: RunSpec): void {
  const { run, app, appName, mark, releaseDirectory, script, port } = spec;
  const meta = { version: 1, run, app, appName, mark, releaseDirectory, script, port };
  const text = `${JSON.stringify(meta, null, 2)}\n`;
  try {
    writeNow(directory, RUN_FILES.meta, text);
  } catch (error) {
    throw new Error(`The run's directory cannot be written: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Opens the files that a process of the run writes to, for appending: several processes may share one, and
 * what is cut off in front stays cut off. The caller closes them after the spawn.
 * @param user whose they are to be, so that its processes may open /dev/stderr; null: this process's.
 * @throws the system's error.
 */
export async function openOutputs(directory: string, user: AppUser | null): Promise<readonly FileHandle[]> {
  return openEach([RUN_FILES.STDOUT, RUN_FILES.STDERR], async (name) => {
    const file = await openFor(directory, name, 0);
    if (user) await file.chown(user.uid, user.gid);
    return file;
  });
}

/**
 * Makes the empty files that a shim writes to: the `pid` and the `exit` file.
 * They stay this process's, and the shim of another user gets them open. @throws the system's error.
 */
export async function openStatusFiles(directory: string): Promise<readonly FileHandle[]> {
  return openEach([RUN_FILES.pid, RUN_FILES.exit], (name) => openFor(directory, name, O_TRUNC));
}

/** Makes the empty `pid` file that a shim writes to; what it made itself might be readable by every user. */
export function makePidFile(directory: string): void {
  writeNow(directory, RUN_FILES.pid, '');
}

/** Before this returns, as it costs less than a thread of the pool. It never waits for a pipe. @throws the system's error */
function writeNow(directory: string, name: string, text: string): void {
  const flags = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_TRUNC | O_NONBLOCK;
  const file = openSync(join(directory, name), flags, FILE_MODE);
  try {
    fchmodSync(file, FILE_MODE);
    writeFileSync(file, text);
  } finally {
    closeSync(file);
  }
}

async function openFor(directory: string, name: string, flags: number): Promise<FileHandle> {
  const path = join(directory, name);
  const file = await open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | flags, FILE_MODE);
  try {
    await file.chmod(FILE_MODE);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** All of them, or none stays open. */
async function openEach(
  names: readonly string[],
  openOne: (name: string) => Promise<FileHandle>,
): Promise<readonly FileHandle[]> {
  const opened = await Promise.allSettled(names.map((name) => openOne(name)));
  const files = opened.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
  const failed = opened.find((each) => each.status === 'rejected');
  if (!failed) return files;
  await closeAll(files);
  throw failed.reason;
}

export async function closeAll(files: readonly FileHandle[]): Promise<void> {
  await Promise.all(files.map((file) => file.close()));
}

/** Null where the shim wrote none (yet), or nothing that can be one. */
export function readPidFile(directory: string): PidFile | null {
  const file = readOrNull(directory, RUN_FILES.pid, LARGEST_PID_FILE);
  const [pid, boot, shimStat, scriptStat] = file?.bytes.toString('latin1').split('\n') ?? [];
  const shim = parseStat(shimStat ?? '');
  // Three line ends: the shim's own part is whole.
  if (scriptStat === undefined || !boot || !shim || shim.pid !== Number(pid)) return null;
  const script = parseStat(scriptStat);
  return {
    boot,
    shim: { pid: shim.pid, start: shim.start },
    script: script && { pid: script.pid, start: script.start },
  };
}

/** Removes what a shim wrote about a script that is to be started again: it would be taken for the next one's. */
export async function removeStatusFiles(directory: string): Promise<void> {
  const names = [RUN_FILES.pid, RUN_FILES.exit, `${RUN_FILES.exit}.tmp`];
  await Promise.all(names.map((name) => rm(join(directory, name), { force: true }).catch(() => {})));
}

/** How the script ended, and when; null where it left no status (yet). */
export function readExitFile(directory: string): (ExitStatus & { readonly at: number }) | null {
  const file = readOrNull(directory, RUN_FILES.exit, LARGEST_EXIT_FILE);
  const text = file?.bytes.toString('latin1') ?? '';
  return file && /^\d{1,3}\n$/.test(text) ? { ...fromShell(Number(text)), at: file.changedAt } : null;
}

function readOrNull(directory: string, name: string, limit: number): ReadFile | null {
  try {
    return readRegularNow(join(directory, name), limit);
  } catch {
    return null;
  }
}
