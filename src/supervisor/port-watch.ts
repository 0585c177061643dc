import type { Clock } from '../contracts/clock.ts';
import type { Logger } from '../contracts/logger.ts';
import type { PortViews } from './port-views.ts';
import type { Registry } from './registry.ts';
import type { Runner } from './runner.ts';

/** How often is looked for a port that a foreign process gave back: nobody tells of that. Milliseconds. */
const INTERVAL = 5_000;

/** Starts the apps that found no port (BEHAVIOUR B16) when one is free again: no more of them than there are ports. */
export interface PortWatch {
  /** A port may have come free, or an app has begun to wait for one. */
  check(): void;
  close(): void;
}

export function createPortWatch(options: {
  readonly registry: Registry;
  readonly ports: PortViews;
  readonly clock: Clock;
  readonly logger: Logger;
}): PortWatch {
  const { registry, ports, clock, logger } = options;
  let looking = false;
  let again = false;
  let cancel: (() => void) | null = null;

  async function look(): Promise<void> {
    if (waiting().length === 0) return;
    const { free } = await ports.range();
    for (const runner of waiting().slice(0, free)) runner.post({ type: 'PORT_FREED' });
    cancel?.();
    cancel = clock.after(INTERVAL, check);
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

  return { check, close: () => cancel?.() };
}
