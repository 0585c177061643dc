import type { Clock } from '../../contracts/clock.ts';
import type { Logger } from '../../contracts/logger.ts';
import type { Registry } from '../registry.ts';
import type { Runner } from '../runner.ts';
import type { PortAllocator } from './allocator.ts';

/** How often it looks for a port that a foreign process has given back, in milliseconds: no event reports that. */
const INTERVAL = 5_000;

interface PortWatchParts {
  readonly registry: Registry;
  readonly allocator: PortAllocator;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Starts the apps that found no port (docs/behavior.md B-16) as soon as one is free, and no more of them than there
 * are ports.
 */
export class PortWatch {
  private readonly parts: PortWatchParts;
  private looking = false;
  private again = false;
  private closed = false;
  private cancel: (() => void) | null = null;

  constructor(parts: PortWatchParts) {
    this.parts = parts;
  }

  /** Call it when a port may have come free, or an app has begun to wait for one. */
  check(): void {
    this.again = this.looking;
    if (this.looking) return;
    this.looking = true;
    this.look()
      .catch((err) =>
        this.parts.logger.error({ err }, 'the search for a free port failed; it is tried again'),
      )
      .finally(() => {
        this.looking = false;
        if (this.again) this.check();
      });
  }

  close(): void {
    this.closed = true;
    this.cancel?.();
  }

  private async look(): Promise<void> {
    const { allocator, clock, registry } = this.parts;
    this.cancel?.();
    this.cancel = null;
    const runners = this.waiting();
    if (runners.length === 0 || this.closed) return;
    // Before anything that can fail: a look that fails must not be the last one.
    this.cancel = clock.after(INTERVAL, () => this.check());
    const able = await allocator.whoCanClaim(runners.map(({ record }) => record));
    for (const { id } of able) registry.withId(id)?.post({ type: 'PORT_FREED' });
  }

  private waiting(): Runner[] {
    return this.parts.registry.listed().filter(({ record: { lifecycle } }) => {
      return lifecycle.phase.kind === 'STOPPED' && lifecycle.phase.needsPort && lifecycle.hold === null;
    });
  }
}
