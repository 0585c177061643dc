import type { PortRangeView, PortView, Supervisor } from '../../src/contracts/supervisor.ts';
import type { AppId } from '../../src/core/app.ts';

/** The current state of ports, read once for all resolvers of the same turn of the event loop. */
export interface PortBatch {
  /** All ports that apps hold, ordered by port. */
  all(): Promise<readonly PortView[]>;
  of(app: AppId): Promise<PortView | null>;
  withId(id: number): Promise<PortView | null>;
  range(): Promise<PortRangeView>;
}

/**
 * Reading the state of one port lists all sockets of the system, which costs the same for all ports. So a list of 1,000
 * apps reads it once. Nothing is kept for the next turn, so no result is stale.
 */
export function createPortBatch(supervisor: Pick<Supervisor, 'portOf' | 'ports' | 'portRange'>): PortBatch {
  const all = oncePerTurn(() => supervisor.ports());
  const range = oncePerTurn(() => supervisor.portRange());
  let turn: { readonly apps: Set<AppId>; readonly found: Promise<(app: AppId) => PortView | null> } | null =
    null;

  async function look(apps: ReadonlySet<AppId>): Promise<(app: AppId) => PortView | null> {
    await restOfTurn();
    turn = null;
    const [only] = apps;
    if (apps.size === 1 && only !== undefined) {
      const view = await supervisor.portOf(only);
      return () => view;
    }
    const byApp = new Map((await all()).map((view) => [view.app, view]));
    return (app) => byApp.get(app) ?? null;
  }

  return {
    all,
    range,
    async of(app) {
      if (!turn) {
        const apps = new Set<AppId>();
        turn = { apps, found: look(apps) };
      }
      turn.apps.add(app);
      return (await turn.found)(app);
    },
    async withId(id) {
      return (await all()).find((view) => view.id === id) ?? null;
    },
  };
}

/** One call of `work` serves all calls of the same turn. */
function oncePerTurn<T>(work: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | null = null;
  return () => {
    found ??= restOfTurn().then(() => {
      found = null;
      return work();
    });
    return found;
  };
}

/** Resolves after all calls of this turn. */
function restOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
