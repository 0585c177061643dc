import type { Clock } from '../../contracts/clock.ts';
import type { Logger } from '../../contracts/logger.ts';
import type { Registry } from '../registry.ts';
import type { Runner } from '../runner.ts';
import type { PortAllocator } from './allocator.ts';

/** How often is looked for a port that a foreign process gave back: nobody tells of that. Milliseconds. */
const INTERVAL = 5_000;

/** Starts the apps that found no port (docs/behavior.md B-16) when one is free again: no more of them than there are ports. */
export interface PortWatch {
  /** A port may have come free, or an app has begun to wait for one. */
  check(): void;
  close(): void;
}

export function createPortWatch(options: {
  readonly registry: Registry;
  readonly allocator: Pick<PortAllocator, 'whoCanClaim'>;
  readonly clock: Clock;
  readonly logger: Logger;
}): PortWatch {
  const { registry, allocator, clock, logger } = options;
  let looking = false;
  let again = false;
  let closed = false;
  let cancel: (() => void) | null = null;

  async function look(): Promise<void> {
    cancel?.();
    cancel = null;
    const runners = waiting();
    if (runners.length === 0 || closed) return;
    // First of all: a look that fails must not be the last one.
    cancel = clock.after(INTERVAL, check);
    const able = await allocator.whoCanClaim(runners.map(({ record }) => record));
    for (const { id } of able) registry.withId(id)?.post({ type: 'PORT_FREED' });
  }

  function waiting(): Runner[] {
    return registry.listed().filter(({ record: { lifecycle } }) => {
      return lifecycle.phase.kind === 'STOPPED' && lifecycle.phase.needsPort && lifecycle.hold === null;
    });
  }

  function check(): void {
    again = looking;
    if (looking) return;
    looking = true;
    look()
      .catch((err) => logger.error({ err }, 'could not look for a free port'))
      .finally(() => {
        looking = false;
        if (again) check();
      });
  }

  return {
    check,
    close() {
      closed = true;
      cancel?.();
    },
  };
}
