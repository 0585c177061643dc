import { readFileSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { replaceFile } from '../../host/files.ts';

/** The content of `.toehold/server.json`, by which commands find the server of a data directory. */
export interface ServerEntry {
  readonly url: string;
  /** The absolute path of its Unix socket. Missing if it has none. */
  readonly socket?: string;
  readonly pid: number;
  /** When the process started, in clock ticks since boot, from /proc; null without /proc. */
  readonly startTime: number | null;
  /** The id of this boot of the machine; null without /proc. With `startTime` it identifies the process, even if the pid is reused. */
  readonly bootId: string | null;
  /** The id with which `/healthz` of this server answers. */
  readonly instanceId: string;
  /** Earlier versions wrote neither the version nor the settings. */
  readonly version?: string;
  readonly settings?: ServerSettings;
}

/** The settings of the running server that commands for files use. None is secret. Earlier versions did not write `tokenFile`. */
export type ServerSettings = Pick<Config, 'appsDir' | 'ports' | 'allowOutside' | 'appUser' | 'appApi'> &
  Partial<Pick<Config, 'tokenFile'>>;

const ENTRY = 'server.json';

/** Replaces the entry atomically. @throws the system's error */
export async function writeServerFile(stateDir: string, entry: ServerEntry): Promise<void> {
  await replaceFile(join(stateDir, ENTRY), `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

/** Removes the entry at a clean end. */
export async function removeServerFile(stateDir: string): Promise<void> {
  await rm(join(stateDir, ENTRY), { force: true });
}

// `toehold shutdown --stop` and `--detach` override TOEHOLD_ON_EXIT once. A signal carries no data, so the command writes the request into the
// state directory and then sends the signal.

type OnExit = 'stop' | 'detach';

interface ShutdownRequest {
  readonly onExit: OnExit;
  /** The server that is meant, so that no later server obeys the request. */
  readonly instanceId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const REQUEST = 'shutdown.json';
/** A request is valid this long, because its signal follows at once. Milliseconds. */
const FRESH = 10_000;

/** Writes the request; the caller then sends the signal. @throws the system's error */
export async function writeShutdownRequest(stateDir: string, request: ShutdownRequest): Promise<void> {
  await writeFile(join(stateDir, REQUEST), `${JSON.stringify(request)}\n`, { mode: 0o600, flush: true });
}

/** Reads and removes the request. Null: there is none for this server, it is too old, or it cannot be read. */
export function takeShutdownRequest(stateDir: string, instanceId: string, now: number): OnExit | null {
  const path = join(stateDir, REQUEST);
  try {
    const request = JSON.parse(readFileSync(path, 'utf8')) as Partial<ShutdownRequest>;
    rmSync(path, { force: true });
    if (request.instanceId !== instanceId || Math.abs(now - Number(request.at)) > FRESH) return null;
    return request.onExit === 'stop' || request.onExit === 'detach' ? request.onExit : null;
  } catch {
    return null;
  }
}
