import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readVersion } from '../../config.ts';
import { lookUpServer } from '../servers/live-server.ts';
import { dataDirOf, otherServers } from '../servers/other-servers.ts';
import { type Check, findingsOf } from './finding.ts';

/** The time limit of a request to the server, in milliseconds. */
const PATIENCE = 3_000;

/** Whether the server of this data directory runs and is ready. */
export const server: Check = {
  name: 'server',
  async run({ dataDir, stateDir }) {
    const { ok, warning, problem } = findingsOf(server.name);
    const lookup = await lookUpServer(stateDir, { known: true });
    if (!lookup.live && lookup.refused) return [problem(lookup.refused.problem, lookup.refused.advice)];
    if (!lookup.live) {
      if (existsSync(join(stateDir, 'server.json')))
        return [
          problem(
            `${stateDir} ${lookup.why}`,
            'If that process is gone, start the server: it recovers the apps. Otherwise see its last output',
          ),
        ];
      const ran = existsSync(join(stateDir, 'toehold.db'));
      const found = ran ? `No server runs on ${dataDir}` : `No server has run on ${dataDir} yet`;
      const others = await otherServers(stateDir);
      const list = others.map((other) => `${dataDirOf(other)} (${other.entry.url})`).join(', ');
      return [ok(list === '' ? found : `${found}; servers of yours run on ${list}`)];
    }
    const { entry } = lookup.server;
    const ready = await ask(`${entry.url}/readyz`);
    const problems = (ready?.problems as readonly string[] | undefined) ?? [];
    const found = problems.map((text) => problem(`The server at ${entry.url} says: ${text}`));
    const own = readVersion();
    if (entry.version !== undefined && entry.version !== own)
      found.push(
        warning(
          `The server at ${entry.url} is version ${entry.version}, and this command ${own}`,
          'Restart the server, or use the command of its version',
        ),
      );
    if (found.length > 0) return found;
    return [ok(`It runs at ${entry.url} (pid ${entry.pid}) and is ready`)];
  },
};

async function ask(url: string): Promise<Readonly<Record<string, unknown>> | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE), redirect: 'error' });
    return (await response.json()) as Record<string, unknown>;
  } catch {
    return null;
  }
}
