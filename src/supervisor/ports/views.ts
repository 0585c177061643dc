import type { Driver } from '../../contracts/driver.ts';
import type { PortProbe } from '../../contracts/ports.ts';
import type { PortLease, PortStore } from '../../contracts/stores.ts';
import type { PortRangeView, PortState, PortView } from '../../contracts/supervisor.ts';
import type { AppId } from '../../core/app.ts';
import type { PortHolder } from '../../core/errors.ts';
import { liveRun } from '../../core/lifecycle.ts';
import type { Registry } from '../registry.ts';
import type { PortRange } from './allocator.ts';

/** Ports as they are now: looked at when asked, since anybody may bind one at any time. */
export interface PortViews {
  all(): Promise<PortView[]>;
  ofApp(app: AppId): Promise<PortView | null>;
  withId(id: number): Promise<PortView | null>;
  range(): Promise<PortRangeView>;
}

export function createPortViews(options: {
  readonly range: PortRange;
  readonly never: () => readonly number[];
  readonly ports: PortStore;
  readonly probe: PortProbe;
  readonly driver: Driver;
  readonly registry: Registry;
}): PortViews {
  const { range, ports, probe, driver, registry } = options;

  async function view(leases: readonly PortLease[]): Promise<PortView[]> {
    const shown = leases.filter(({ app }) => registry.find({ id: app }) !== null);
    const holders = await probe.holders(shown.map(({ port }) => port));
    return Promise.all(
      shown.map(async (lease) => {
        const holder = holders.get(lease.port) ?? null;
        return { ...lease, state: await stateOf(lease.app, holder), holder };
      }),
    );
  }

  async function stateOf(app: AppId, holder: PortHolder | null): Promise<PortState> {
    if (holder === null) return 'RESERVED';
    const phase = registry.withId(app)?.record.lifecycle.phase;
    const run = phase && liveRun(phase);
    if (!run) return 'CONFLICT';
    // Nobody can tell whose it is: an app that became ready did so on this port.
    if (holder.pid === null) return phase.kind === 'READY' ? 'BOUND' : 'CONFLICT';
    const { pids } = await driver.status(run.id);
    return pids.includes(holder.pid) ? 'BOUND' : 'CONFLICT';
  }

  async function one(lease: PortLease | null | undefined): Promise<PortView | null> {
    return lease ? ((await view([lease]))[0] ?? null) : null;
  }

  return {
    all: () => view(ports.all()),
    ofApp: (app) => one(ports.ofApp(app)),
    withId: (id) => one(ports.all().find((lease) => lease.id === id)),
    async range() {
      const { min, max } = range;
      const inRange = Array.from({ length: max - min + 1 }, (_, index) => min + index);
      const held = new Set(ports.all().map(({ port }) => port));
      const holders = await probe.holders(inRange);
      const taken = (port: number) => held.has(port) || holders.has(port) || options.never().includes(port);
      return {
        min,
        max,
        assigned: inRange.filter((port) => held.has(port)).length,
        free: inRange.filter((port) => !taken(port)).length,
      };
    },
  };
}
