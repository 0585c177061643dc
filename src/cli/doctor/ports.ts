import { readFile } from 'node:fs/promises';
import { MARK_VARIABLE } from '../../core/run.ts';
import { createPortProbe } from '../../drivers/local/port-probe.ts';
import { toehold } from '../own-name.ts';
import { lookUpServer } from '../servers/live-server.ts';
import { dataDirOf, otherServers } from '../servers/other-servers.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

/** Further ports are only counted. */
const MOST_TOLD = 10;

/** Foreign processes on the ports of the server and of the apps. */
export const ports: Check = {
  name: 'ports',
  async run(config) {
    const { ok, warning, problem } = findingsOf(ports.name);
    const { min, max } = config.ports;
    const range = Array.from({ length: max - min + 1 }, (_, index) => min + index);
    const probe = createPortProbe();
    const holders = await probe.holders([config.port, ...range]);
    const found: Finding[] = [];

    const own = holders.get(config.port);
    const lookup = await lookUpServer(config.stateDir, { known: true });
    const server = lookup.live ? lookup.server.entry : null;
    const others = await otherServers(config.stateDir);
    const other = others.find(({ entry }) => entry.pid === own?.pid);
    if (other)
      found.push(
        warning(
          `PORT ${config.port} is used by another server of yours, of ${dataDirOf(other)}`,
          `Examine that server with ${toehold()} doctor --data-dir ${dataDirOf(other)}, or set PORT for the one of ${config.dataDir}`,
        ),
      );
    else if (config.port > 0 && own && own.pid !== server?.pid)
      found.push(
        problem(
          `PORT ${config.port}, the server's own port, is held by ${named(own)}`,
          'End that process, or set PORT to another port',
        ),
      );

    const foreign: string[] = [];
    for (const port of range) {
      const holder = holders.get(port);
      const isServer = [server, ...others.map(({ entry }) => entry)].some(
        (entry) => entry?.pid === holder?.pid,
      );
      if (holder && !(holder.pid !== null && isServer) && !(await isApp(holder.pid)))
        foreign.push(`${port} by ${named(holder)}`);
    }
    if (foreign.length > 0) {
      const more = foreign.length > MOST_TOLD ? ` and ${foreign.length - MOST_TOLD} more` : '';
      found.push(
        warning(
          `Other processes hold ports of the range ${min}-${max}: ${foreign.slice(0, MOST_TOLD).join(', ')}${more}`,
          'An app whose port is held gets the next free one. End those processes, or set TOEHOLD_PORTS to another range',
        ),
      );
    }
    return found.length > 0 ? found : [ok(`No other process listens on ${config.port} and ${min}-${max}`)];
  },
};

/** Whether the process belongs to an app: its environment has the mark. False if it cannot be read. */
async function isApp(pid: number | null): Promise<boolean> {
  if (pid === null) return false;
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return environment.split('\0').some((entry) => entry.startsWith(`${MARK_VARIABLE}=`));
}

function named({ pid, command }: { readonly pid: number | null; readonly command: string | null }): string {
  if (pid === null) return 'a process that this user cannot see';
  return `${command ?? 'a process'} (pid ${pid})`;
}
