import type { Driver } from '../../contracts/driver.ts';
import type { PortProbe } from '../../contracts/ports.ts';
import type { PortLease, PortStore } from '../../contracts/stores.ts';
import type { PortRangeView, PortState, PortUse, PortView } from '../../contracts/supervisor.ts';
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
  readonly driver: Pick<Driver, 'owns'>;
  readonly registry: Registry;
}

/** How often it looks at most, until two looks agree that a stranger holds a port. */
const MOST_LOOKS = 4;

/**
 * Ports as clients see them. Only `use` and `free` look at the system's sockets. Any program may bind a port at any
 * time, so a look always begins after the question: it never misses what a command before the question has done.
 */
export class PortViews {
  private readonly parts: PortViewsParts;

  constructor(parts: PortViewsParts) {
    this.parts = parts;
  }

  /** Those of listed apps, by port. */
  all(): readonly PortView[] {
    return this.parts.ports.all().filter((lease) => this.isShown(lease));
  }

  ofApp(app: AppId): PortView | null {
    const lease = this.parts.ports.ofApp(app);
    return lease && this.isShown(lease) ? lease : null;
  }

  withId(id: number): PortView | null {
    return this.all().find((lease) => lease.id === id) ?? null;
  }

  /**
   * Who listens on the port now. A run may end or begin between the look at the sockets and the look at its processes,
   * and its own process would then count as a stranger. So CONFLICT is the answer only where two looks find the same
   * stranger.
   */
  async use({ app, port }: PortView): Promise<PortUse> {
    let before: PortHolder | null = null;
    for (let looks = 1; ; looks++) {
      const holder = (await this.parts.probe.holders([port])).get(port) ?? null;
      const state = await this.stateOf(app, holder);
      const isSame = before !== null && before.pid === holder?.pid;
      if (state !== 'CONFLICT' || isSame || looks === MOST_LOOKS) return { state, holder };
      before = holder;
    }
  }

  range(): PortRangeView {
    const { min, max } = this.parts.range;
    const inRange = this.parts.ports.all().filter(({ port }) => port >= min && port <= max);
    return { min, max, assigned: inRange.length };
  }

  /** How many ports of the range are neither an app's, nor the server's, nor in use now. */
  async free(): Promise<number> {
    const { min, max } = this.parts.range;
    const inRange = Array.from({ length: max - min + 1 }, (_, index) => min + index);
    const holders = await this.parts.probe.holders(inRange);
    const held = new Set(this.parts.ports.all().map(({ port }) => port));
    return inRange.filter((port) => !held.has(port) && !holders.has(port) && port !== this.parts.ownPort)
      .length;
  }

  private isShown({ app }: PortLease): boolean {
    return this.parts.registry.find({ id: app }) !== null;
  }

  private async stateOf(app: AppId, holder: PortHolder | null): Promise<PortState> {
    if (holder === null) return 'RESERVED';
    const phase = this.parts.registry.withId(app)?.record.lifecycle.phase;
    const run = phase && liveRun(phase);
    if (!run) return 'CONFLICT';
    // The system does not say whose process it is. An app that became ready did so on this port.
    if (holder.pid === null) return phase.kind === 'READY' ? 'BOUND' : 'CONFLICT';
    return (await this.parts.driver.owns(run.id, holder.pid)) ? 'BOUND' : 'CONFLICT';
  }
}
