import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../core/errors.ts';
import type { ServerEntry } from './server-file.ts';

/** A server that this user's files tell of, and that was seen to be the one. */
export interface LiveServer {
  readonly stateDir: string;
  readonly entry: ServerEntry;
  /** The first token, where this user may read it. */
  readonly token: string | null;
}

export type Look =
  | { readonly live: true; readonly server: LiveServer }
  /** `why` ends a sentence that begins with the state directory. */
  | { readonly live: false; readonly why: string };

/** How long a server may take to say who it is, in milliseconds. */
const PATIENCE = 3_000;

/**
 * Whether the server of a state directory lives. A token may be sent to it only when its process is the one
 * that wrote the entry and `/healthz` answers for it: another program may have its port by now.
 */
export async function lookAtServer(stateDir: string): Promise<Look> {
  const path = join(stateDir, 'server.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return { live: false, why: gone ? 'has no running server' : `cannot be read: ${reasonOf(error)}` };
  }
  const entry = parseEntry(text);
  if (!entry) return { live: false, why: 'holds a server.json that is none' };
  if (!(await isAlive(entry))) return { live: false, why: 'has no running server: the last one was killed' };
  const answers = await instanceAt(entry.url);
  if (answers !== entry.instanceId) {
    const found = answers === null ? 'does not answer' : 'is somebody else’s by now';
    return { live: false, why: `has a server (pid ${entry.pid}) whose port ${found}: ${entry.url}` };
  }
  const token = await readFile(entry.tokenPath, 'utf8').catch(() => null);
  return { live: true, server: { stateDir, entry, token: token?.trim() || null } };
}

function parseEntry(text: string): ServerEntry | null {
  try {
    const entry = JSON.parse(text) as Partial<ServerEntry>;
    const whole =
      typeof entry.url === 'string' &&
      Number.isSafeInteger(entry.pid) &&
      Number(entry.pid) > 1 &&
      typeof entry.instanceId === 'string' &&
      typeof entry.tokenPath === 'string';
    return whole ? (entry as ServerEntry) : null;
  } catch {
    return null;
  }
}

/** Whether the process that wrote the entry still runs: pids are used again. */
export async function isAlive({ pid, startTime, bootId }: ServerEntry): Promise<boolean> {
  if (startTime === null) return canSignal(pid);
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null),
    readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => null),
  ]);
  if (stat === null || (bootId !== null && boot?.trim() !== bootId)) return false;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] !== 'Z' && fields[0] !== 'X' && Number(fields[19]) === startTime;
}

function canSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What the server at this address calls itself; null: no server of ours answers there. */
async function instanceAt(url: string): Promise<string | null> {
  try {
    const signal = AbortSignal.timeout(PATIENCE);
    const response = await fetch(new URL('/healthz', url), { signal, redirect: 'error' });
    const { instance } = (await response.json()) as { instance?: unknown };
    return typeof instance === 'string' ? instance : '';
  } catch {
    return null;
  }
}
