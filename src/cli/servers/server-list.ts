import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../host/files.ts';
import { readTrusted, trustDirectory } from '../../host/trust.ts';

// The user's list of state directories, so that a command finds a server from any directory. The files in the state directory say whether
// the server runs, where, and with which token.

/** The user's list of servers: `$XDG_STATE_HOME/toehold/servers`. */
function directoryOf(stateHome: string): string {
  return join(stateHome, 'toehold', 'servers');
}

/** The name depends only on the state directory, so a server that was killed finds its entry again. */
function pathOf(stateHome: string, stateDir: string): string {
  const name = createHash('sha256').update(stateDir).digest('hex').slice(0, 16);
  return join(directoryOf(stateHome), `${name}.json`);
}

/** Adds a server to the list, and removes servers whose state directory is gone. @throws the system's error */
export async function registerServer(stateHome: string, stateDir: string): Promise<void> {
  await mkdir(directoryOf(stateHome), { recursive: true, mode: 0o700 });
  const text = `${JSON.stringify({ stateDir })}\n`;
  await replaceFile(pathOf(stateHome, stateDir), text, { mode: 0o600 });
  for (const other of await listServers(stateHome)) {
    if (!existsSync(other)) await unregisterServer(stateHome, other);
  }
}

/** Removes a server from the list. */
export async function unregisterServer(stateHome: string, stateDir: string): Promise<void> {
  await rm(pathOf(stateHome, stateDir), { force: true });
}

/** An entry is a path. */
const LARGEST_ENTRY = 16_384;

/** The state directories in the list, sorted, including those of servers that were killed. Ignores entries that others could have written. */
export async function listServers(stateHome: string): Promise<string[]> {
  const directory = trustDirectory(directoryOf(stateHome));
  if (!directory.ok) return [];
  const names = await readdir(directory.path).catch(() => []);
  const found = names
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => {
      const read = readTrusted(join(directory.path, name), { limit: LARGEST_ENTRY });
      try {
        const { stateDir } = JSON.parse(read.ok ? read.text : '{}');
        return typeof stateDir === 'string' ? [stateDir] : [];
      } catch {
        return [];
      }
    });
  return found.sort();
}
