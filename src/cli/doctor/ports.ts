import { readFile } from 'node:fs/promises';
import { MARK_VARIABLE } from '../../core/run.ts';
import { createPortProbe } from '../../drivers/local/port-probe.ts';
import { lookUpServer } from '../servers/live-server.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

/** More of them are counted. */
const MOST_TOLD = 10;

/** The port of the server and those of the apps: who listens there that is neither. */
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
    if (config.port > 0 && own && own.pid !== server?.pid)
      found.push(
        problem(
          `PORT ${config.port}, this server's own, is held by ${named(own)}`,
          'End that, or set PORT to another one',
        ),
      );

    const foreign: string[] = [];
    for (const port of range) {
      const holder = holders.get(port);
      if (holder && holder.pid !== server?.pid && !(await isApp(holder.pid)))
        foreign.push(`${port} by ${named(holder)}`);
    }
    if (foreign.length > 0) {
      const more = foreign.length > MOST_TOLD ? ` and ${foreign.length - MOST_TOLD} more` : '';
      found.push(
        warning(
          `Ports of the range ${min}-${max} are held by others: ${foreign.slice(0, MOST_TOLD).join(', ')}${more}`,
          'An app of such a port is given the next free one: end those processes, or set TOEHOLD_PORTS to another range',
        ),
      );
    }
    return found.length > 0 ? found : [ok(`Nobody else listens on ${config.port} and ${min}-${max}`)];
  },
};

/** Whether a control plane started it: the mark is in its environment. What cannot be read is not known to be one. */
async function isApp(pid: number | null): Promise<boolean> {
  if (pid === null) return false;
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
  return environment.split('\0').some((entry) => entry.startsWith(`${MARK_VARIABLE}=`));
}

function named({ pid, command }: { readonly pid: number | null; readonly command: string | null }): string {
  if (pid === null) return 'a process that this user cannot see';
  return `${command ?? 'a process'} (pid ${pid})`;
}
