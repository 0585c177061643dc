import type { Driver } from '../contracts/driver.ts';
import type { PortProbe, Prober } from '../contracts/ports.ts';
import type { Manifest } from '../core/manifest.ts';
import { DEFAULT_HEALTH_PATH } from '../core/manifest.ts';
import type { Run } from '../core/run.ts';
import { describeHolder } from './port-allocator.ts';

interface Tools {
  readonly driver: Driver;
  readonly prober: Prober;
  readonly portProbe: PortProbe;
  /** Milliseconds. */
  readonly timeout: number;
}

type Verdict =
  | { readonly outcome: 'PASSED' | 'OFF'; readonly reason: null }
  | { readonly outcome: 'FAILED'; readonly reason: string };

/** One health check: the answer of a foreign process on the app's port never counts (BEHAVIOUR B15). */
export async function checkHealth(run: Run, manifest: Manifest | null, tools: Tools): Promise<Verdict> {
  const path = manifest?.healthPath ?? DEFAULT_HEALTH_PATH;
  if (path === false || run.port === null) return { outcome: 'OFF', reason: null };
  const { listening } = await tools.driver.status(run.id);
  const own = listening?.find(({ port }) => port === run.port);
  if (listening !== null && !own) {
    const holder = (await tools.portProbe.holders([run.port])).get(run.port);
    const reason = holder
      ? `port ${run.port} is held by ${describeHolder(holder)}`
      : `nothing listens on port ${run.port}`;
    return { outcome: 'FAILED', reason };
  }
  const result = await tools.prober.probe(urlOf(own?.address ?? '127.0.0.1', run.port, path), tools.timeout);
  if (result.ok) return { outcome: 'PASSED', reason: null };
  const hint =
    result.status === 404 && path === DEFAULT_HEALTH_PATH
      ? ' (toes.health in package.json sets another path, or false)'
      : '';
  return { outcome: 'FAILED', reason: result.reason + hint };
}

/** Why a run is not ready yet: what it listens on instead of its port (BEHAVIOUR A12). */
export async function diagnoseStart(run: Run, driver: Driver): Promise<string> {
  const { listening } = await driver.status(run.id);
  const others = [...new Set((listening ?? []).map(({ port }) => port))].filter((port) => port !== run.port);
  if (others.length === 0) return `Nothing listens on port ${run.port} (PORT)`;
  return `It listens on ${others.join(', ')}, not on ${run.port} (PORT)`;
}

function urlOf(address: string, port: number, path: string): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return `http://${host}:${port}${path}`;
}
