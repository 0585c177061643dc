import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../../host/files.ts';
import { directoryOf, listServers } from './server-list.ts';

// What a server does to be in the user's list. Apart from reading the list, which every command does.

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
  for (const other of listServers(stateHome)) {
    if (!existsSync(other)) await unregisterServer(stateHome, other);
  }
}

/** Removes a server from the list. */
export async function unregisterServer(stateHome: string, stateDir: string): Promise<void> {
  await rm(pathOf(stateHome, stateDir), { force: true });
}
