import type { Driver } from '../../contracts/driver.ts';
import type { PortProbe } from '../../contracts/ports.ts';
import type { PortLease, PortStore } from '../../contracts/stores.ts';
import type { PortRangeView, PortState, PortView } from '../../contracts/supervisor.ts';
import type { AppId } from '../../core/app.ts';
import type { PortHolder } from '../../core/errors.ts';
import { liveRun } from '../../core/lifecycle.ts';
import type { Registry } from '../registry.ts';
import type { PortRange } from './allocator.ts';

interface PortViewsParts {
  readonly range: PortRange;
  /** The server's own port. */
  readonly ownPort: number;
  readonly ports: PortStore;
  readonly probe: PortProbe;
  readonly driver: Pick<Driver, 'status'>;
  readonly registry: Registry;
}

/** Ports as clients see them. Each question looks at the system, because any program may bind a port at any time. */
export class PortViews {
  private readonly parts: PortViewsParts;

  constructor(parts: PortViewsParts) {
    this.parts = parts;
  }

  /** Those of listed apps, by port. */
  all(): Promise<PortView[]> {
    return this.viewsOf(this.parts.ports.all());
  }

  ofApp(app: AppId): Promise<PortView | null> {
    return this.viewOf(this.parts.ports.ofApp(app));
  }

  withId(id: number): Promise<PortView | null> {
    return this.viewOf(this.parts.ports.all().find((lease) => lease.id === id) ?? null);
  }

  async range(): Promise<PortRangeView> {
    const { min, max } = this.parts.range;
    const inRange = Array.from({ length: max - min + 1 }, (_, index) => min + index);
    const held = new Set(this.parts.ports.all().map(({ port }) => port));
    const holders = await this.parts.probe.holders(inRange);
    const isFree = (port: number) => !held.has(port) && !holders.has(port) && port !== this.parts.ownPort;
    return {
      min,
      max,
      assigned: inRange.filter((port) => held.has(port)).length,
      free: inRange.filter(isFree).length,
    };
  }

  private async viewOf(lease: PortLease | null): Promise<PortView | null> {
    return lease ? ((await this.viewsOf([lease]))[0] ?? null) : null;
  }

  private async viewsOf(leases: readonly PortLease[]): Promise<PortView[]> {
    const shown = leases.filter(({ app }) => this.parts.registry.find({ id: app }) !== null);
    const holders = await this.parts.probe.holders(shown.map(({ port }) => port));
    return Promise.all(
      shown.map(async (lease) => {
        const holder = holders.get(lease.port) ?? null;
        return { ...lease, state: await this.stateOf(lease.app, holder), holder };
      }),
    );
  }

  private async stateOf(app: AppId, holder: PortHolder | null): Promise<PortState> {
    if (holder === null) return 'RESERVED';
    const phase = this.parts.registry.withId(app)?.record.lifecycle.phase;
    const run = phase && liveRun(phase);
    if (!run) return 'CONFLICT';
    // The system does not say whose process it is. An app that became ready did so on this port.
    if (holder.pid === null) return phase.kind === 'READY' ? 'BOUND' : 'CONFLICT';
    const { pids } = await this.parts.driver.status(run.id);
    return pids.includes(holder.pid) ? 'BOUND' : 'CONFLICT';
  }
}
