import type { PortUse, PortView, Supervisor } from '../../src/contracts/supervisor.ts';

/** Who listens on ports now, found out once for all resolvers of the same turn of the event loop. */
export interface PortBatch {
  use(port: PortView): Promise<PortUse>;
}

/**
 * `state` and `holder` of a port are of the same look. Nothing is kept for the next turn, so no answer is older than its
 * question.
 */
export function createPortBatch(supervisor: Pick<Supervisor, 'portUse'>): PortBatch {
  let turn = new Map<number, Promise<PortUse>>();

  return {
    use(port) {
      const asked = turn.get(port.id);
      if (asked) return asked;
      if (turn.size === 0) setImmediate(() => (turn = new Map()));
      const use = supervisor.portUse(port);
      turn.set(port.id, use);
      return use;
    },
  };
}
