import { rm } from 'node:fs/promises';
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

const NAME = 'server.json';

/** Writes the entry so that a reader sees the old one or the new one, never half of it. */
export async function writeServerFile(stateDir: string, entry: ServerEntry): Promise<void> {
  await replaceFile(join(stateDir, NAME), `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

/** Takes the entry away at a clean end. */
export async function removeServerFile(stateDir: string): Promise<void> {
  await rm(join(stateDir, NAME), { force: true });
}
