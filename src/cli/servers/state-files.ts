import { readFileSync, rmSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { replaceFile } from '../../host/files.ts';

/** What `.toehold/server.json` tells a client that looks for the server of a data directory. */
export interface ServerEntry {
  readonly url: string;
  /** The path of the Unix socket on which it listens, too; absolute. Left out where there is none. */
  readonly socket?: string;
  readonly pid: number;
  /** When the process started, in clock ticks since the machine did, as /proc tells; null where it tells nothing. */
  readonly startTime: number | null;
  /** Of this start of the machine; null where the system tells none. With `startTime` it tells a pid from a reused one. */
  readonly bootId: string | null;
  /** What `/healthz` of this very server answers with. */
  readonly instanceId: string;
  /** Left out by versions before this one, as are the settings. */
  readonly version?: string;
  readonly settings?: ServerSettings;
}

/** The settings of a running server that commands which work on files go by. None of them is a secret. */
export type ServerSettings = Pick<Config, 'appsDir' | 'ports' | 'allowOutside' | 'appUser' | 'appApi'>;

const ENTRY = 'server.json';

/** Writes the entry so that a reader sees the old one or the new one, never half of it. */
export async function writeServerFile(stateDir: string, entry: ServerEntry): Promise<void> {
  await replaceFile(join(stateDir, ENTRY), `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

/** Takes the entry away at a clean end. */
export async function removeServerFile(stateDir: string): Promise<void> {
  await rm(join(stateDir, ENTRY), { force: true });
}

// `toehold shutdown --stop` and `--detach` say for once what TOEHOLD_ON_EXIT says for always. A signal carries no
// words: they are left in the state directory just before it.

export type OnExit = 'stop' | 'detach';

interface ShutdownRequest {
  readonly onExit: OnExit;
  /** Whose end is meant: no later server takes the word for its own. */
  readonly instanceId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

const REQUEST = 'shutdown.json';
/** The signal follows at once; a request whose signal never came must not decide over another one. Milliseconds. */
const FRESH = 10_000;

/** Leaves the request; the caller signals next. @throws the system's error */
export async function writeShutdownRequest(stateDir: string, request: ShutdownRequest): Promise<void> {
  await writeFile(join(stateDir, REQUEST), `${JSON.stringify(request)}\n`, { mode: 0o600, flush: true });
}

/** Takes the request that was left for this server in these seconds. Null: none was, or it cannot be read. */
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
