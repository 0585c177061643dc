import { readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

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

const NAME = 'shutdown.json';
/** The signal follows at once; a request whose signal never came must not decide over another one. Milliseconds. */
const FRESH = 10_000;

/** Leaves the request; the caller signals next. @throws the system's error */
export async function writeShutdownRequest(stateDir: string, request: ShutdownRequest): Promise<void> {
  await writeFile(join(stateDir, NAME), `${JSON.stringify(request)}\n`, { mode: 0o600, flush: true });
}

/** Takes the request that was left for this server in these seconds. Null: none was, or it cannot be read. */
export function takeShutdownRequest(stateDir: string, instanceId: string, now: number): OnExit | null {
  const path = join(stateDir, NAME);
  try {
    const request = JSON.parse(readFileSync(path, 'utf8')) as Partial<ShutdownRequest>;
    rmSync(path, { force: true });
    if (request.instanceId !== instanceId || Math.abs(now - Number(request.at)) > FRESH) return null;
    return request.onExit === 'stop' || request.onExit === 'detach' ? request.onExit : null;
  } catch {
    return null;
  }
}
