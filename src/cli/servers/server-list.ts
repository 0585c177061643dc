import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readTrusted, trustDirectory } from '../../host/trust.ts';

// The user's list of state directories, so that a command finds a server from any directory. The files in the state directory say whether
// the server runs, where, and with which token.

/** The user's list of servers: `$XDG_STATE_HOME/toehold/servers`. */
export function directoryOf(stateHome: string): string {
  return join(stateHome, 'toehold', 'servers');
}

/** An entry is a path. */
const LARGEST_ENTRY = 16_384;

/** The state directories in the list, sorted, including those of servers that were killed. Ignores entries that others could have written. */
export function listServers(stateHome: string): string[] {
  const directory = trustDirectory(directoryOf(stateHome));
  if (!directory.ok) return [];
  const found = namesIn(directory.path)
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

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
