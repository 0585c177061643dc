import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// Word that a server leaves of itself, so that a command finds it from any directory: the path of its state
// directory. Whether it runs, where and with what token is told by the files there, and nowhere else.

/** The user's list of servers: `$XDG_STATE_HOME/toehold/servers`. */
function directoryOf(stateHome: string): string {
  return join(stateHome, 'toehold', 'servers');
}

/** One name for one state directory: a server that was killed finds its own entry again. */
function pathOf(stateHome: string, stateDir: string): string {
  const name = createHash('sha256').update(stateDir).digest('hex').slice(0, 16);
  return join(directoryOf(stateHome), `${name}.json`);
}

/** Puts a server into the list, and takes out those whose state directory is gone. @throws the system's error */
export async function enlistServer(stateHome: string, stateDir: string): Promise<void> {
  const path = pathOf(stateHome, stateDir);
  const temporary = `${path}.${process.pid}`;
  await mkdir(directoryOf(stateHome), { recursive: true, mode: 0o700 });
  await writeFile(temporary, `${JSON.stringify({ stateDir })}\n`, { mode: 0o600 });
  await rename(temporary, path);
  for (const other of await listServers(stateHome)) {
    if (!existsSync(other)) await delistServer(stateHome, other);
  }
}

/** Takes it out at a clean end. */
export async function delistServer(stateHome: string, stateDir: string): Promise<void> {
  await rm(pathOf(stateHome, stateDir), { force: true });
}

/** The state directories of the list, by path; of servers that were killed, too. */
export async function listServers(stateHome: string): Promise<string[]> {
  const directory = directoryOf(stateHome);
  const names = await readdir(directory).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .map(async (name) => {
        try {
          const { stateDir } = JSON.parse(await readFile(join(directory, name), 'utf8'));
          return typeof stateDir === 'string' ? [stateDir] : [];
        } catch {
          return [];
        }
      }),
  );
  return found.flat().sort();
}
