import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { trustDirectory } from '../host/trust.ts';

/**
 * Lets Node keep the compiled program in `~/.cache/toehold`, so that the next start takes less time. Nothing is kept if another account
 * could write there, because Node runs what it finds.
 * @param enable `enableCompileCache` of `node:module`
 */
export function keepCompiled(enable: (directory: string) => unknown, home: string = homedir()): void {
  const directory = join(home, '.cache/toehold');
  try {
    // Checked before anything is made there: under sudo it can be the home of another account.
    if (!trustDirectory(home).ok) return;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (trustDirectory(directory).ok) enable(directory);
  } catch {
    // The home is read-only, or the disk is full: the program is compiled at each start.
  }
}
