import { dirname } from 'node:path';
import { readClientEnvironment } from '../../config.ts';
import { type LiveServer, lookUpServer } from './live-server.ts';
import { listServers } from './server-list.ts';

/** The running servers of this user, without the one of this state directory. */
export async function otherServers(stateDir: string): Promise<readonly LiveServer[]> {
  const others = listServers(readClientEnvironment().stateHome).filter((other) => other !== stateDir);
  const lookups = await Promise.all(others.map((other) => lookUpServer(other, { known: true })));
  return lookups.flatMap((lookup) => (lookup.live ? [lookup.server] : []));
}

/** The data directory of a server, for `--data-dir`. */
export function dataDirOf({ stateDir }: LiveServer): string {
  return dirname(stateDir);
}
