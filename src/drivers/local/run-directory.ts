import { mkdirSync } from 'node:fs';
import { type FileHandle, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSpec } from '../../contracts/driver.ts';
import { reasonOf } from '../../core/errors.ts';
import { RUN_FILES } from '../../core/run.ts';
import { type ExitStatus, fromShell } from './exit-status.ts';
import { parseStat } from './proc-processes.ts';
import type { ProcessIdentity } from './process-table.ts';

/** What the shim wrote of itself and of the script. */
export interface PidFile {
  readonly boot: string;
  readonly shim: ProcessIdentity;
  /** Null until the script is there. */
  readonly script: ProcessIdentity | null;
}

/**
 * Makes a run's directory; nobody else may look into it, for logs may hold secrets.
 * @throws Error with a sentence.
 */
export function makeRunDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Error(`The run's directory cannot be made: ${reasonOf(error)}`, { cause: error });
  }
}

/** For people who look into the directory; the control plane does not read it. @throws Error with a sentence. */
export async function writeMeta(directory: string, spec: RunSpec): Promise<void> {
  const { run, app, appName, mark, releaseDirectory, script, port } = spec;
  const meta = { version: 1, run, app, appName, mark, releaseDirectory, script, port };
  const text = `${JSON.stringify(meta, null, 2)}\n`;
  await writeFile(join(directory, RUN_FILES.meta), text, { mode: 0o600 }).catch((error) => {
    throw new Error(`The run's directory cannot be written: ${reasonOf(error)}`, { cause: error });
  });
}

/**
 * Opens the files that a process of the run writes to, for appending: several processes may share one, and
 * what is cut off in front stays cut off. The caller closes them after the spawn. @throws the system's error.
 */
export async function openOutputs(
  directory: string,
): Promise<{ files: FileHandle[]; fds: [number, number] }> {
  const out = await open(join(directory, RUN_FILES.STDOUT), 'a', 0o600);
  try {
    const err = await open(join(directory, RUN_FILES.STDERR), 'a', 0o600);
    return { files: [out, err], fds: [out.fd, err.fd] };
  } catch (error) {
    await out.close();
    throw error;
  }
}

/** Null where the shim wrote none (yet), or nothing that can be one. */
export async function readPidFile(directory: string): Promise<PidFile | null> {
  const text = await readFile(join(directory, RUN_FILES.pid), 'latin1').catch(() => '');
  const [pid, boot, shimStat, scriptStat] = text.split('\n');
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

/** Removes what a shim told of a script that is to be started again: it would be taken for the next one's. */
export async function removeStatusFiles(directory: string): Promise<void> {
  const names = [RUN_FILES.pid, RUN_FILES.exit, `${RUN_FILES.exit}.tmp`];
  await Promise.all(names.map((name) => rm(join(directory, name), { force: true }).catch(() => {})));
}

/** How the script ended, and when; null where it left no status (yet). */
export async function readExitFile(
  directory: string,
): Promise<(ExitStatus & { readonly at: number }) | null> {
  const path = join(directory, RUN_FILES.exit);
  try {
    const text = await readFile(path, 'latin1');
    if (!/^\d{1,3}\n$/.test(text)) return null;
    return { ...fromShell(Number(text)), at: Math.round((await stat(path)).mtimeMs) };
  } catch {
    return null;
  }
}
