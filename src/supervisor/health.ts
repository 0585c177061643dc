import type { Driver } from '../contracts/driver.ts';
import type { PortProbe, Prober } from '../contracts/ports.ts';
import {
  DEFAULT_HEALTH_PATH,
  DEFAULT_USER_AGENT,
  type HealthCheck,
  PATH_HINT,
} from '../core/health-check.ts';
import type { EventOf } from '../core/lifecycle-events.ts';
import type { Run } from '../core/run.ts';
import { describeHolder } from './ports/allocator.ts';

interface Tools {
  readonly driver: Driver;
  readonly prober: Prober;
  readonly portProbe: PortProbe;
  /** The server's own setting, in milliseconds. */
  readonly healthTimeout: number;
}

interface Question {
  readonly run: Run;
  readonly check: HealthCheck | false;
  /** Where it was reached when it became ready; null: not known. */
  readonly address: string | null;
}

type Verdict = Pick<EventOf<'PROBED'>, 'outcome' | 'reason'>;

/** One health check: the answer of a foreign process on the app's port never counts (docs/behavior.md B-15). */
export async function checkHealth({ run, check, address }: Question, tools: Tools): Promise<Verdict> {
  const { port } = run;
  if (check === false || port === null) return { outcome: 'OFF', reason: null };
  const listening = await tools.driver.listening(run.id, port);
  const own = listening ?? [];
  if (listening !== null && own.length === 0) {
    const holder = (await tools.portProbe.holders([port])).get(port);
    const reason = holder
      ? `port ${port} is held by ${describeHolder(holder)}`
      : `nothing listens on port ${port}`;
    return { outcome: 'FAILED', reason };
  }
  const target = {
    address: reachable(own, address),
    port,
    path: check.path ?? DEFAULT_HEALTH_PATH,
    // An earlier version stored the manifest without it.
    userAgent: check.userAgent ?? DEFAULT_USER_AGENT,
  };
  const result = await tools.prober.probe(target, check.timeout ?? tools.healthTimeout);
  if (result.ok) return { outcome: 'PASSED', reason: null };
  const { status, reason } = result;
  if (check.path !== null) return { outcome: 'FAILED', reason };
  // What an app answers on a path that it did not name may be as it should: 404, 401, a redirect to https.
  if (status !== null && status < 500) return { outcome: 'UNCLEAR', reason };
  return { outcome: 'FAILED', reason: reason + PATH_HINT };
}

/** Which of its addresses to ask. @param found the one that it was reached at before, where it is known */
function reachable(own: readonly { readonly address: string }[], found: string | null): string {
  const addresses = own.map(({ address }) => address);
  if (addresses.includes('0.0.0.0') || addresses.includes('127.0.0.1')) return '127.0.0.1';
  const [first] = addresses;
  // The driver found out whether `::` takes IPv4, too. It also has the address where sockets cannot be read.
  return first === undefined || first === '::' ? (found ?? '127.0.0.1') : first;
}

/** Why a run is not ready yet: what it listens on instead of its port (docs/behavior.md A12). */
export async function diagnoseStart(run: Run, driver: Driver): Promise<string> {
  const listening = await driver.listening(run.id);
  const others = [...new Set((listening ?? []).map(({ port }) => port))].filter((port) => port !== run.port);
  if (others.length === 0) return `Nothing listens on port ${run.port} (PORT)`;
  return `It listens on ${others.join(', ')}, not on ${run.port} (PORT)`;
}
