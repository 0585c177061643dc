import type { PortRangeView, PortView, Supervisor } from '../../src/contracts/supervisor.ts';
import type { AppId } from '../../src/core/app.ts';

/** Ports as they are now, looked at once for all that ask in the same turn. */
export interface PortBatch {
  /** All that apps hold, by port. */
  all(): Promise<readonly PortView[]>;
  of(app: AppId): Promise<PortView | null>;
  withId(id: number): Promise<PortView | null>;
  range(): Promise<PortRangeView>;
}

/**
 * Looking at a port means looking at the system's sockets, which costs the same for one as for all:
 * a list of 1,000 apps, or of 1,000 ids, looks once. Nothing is kept for the next turn, so no answer is stale.
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

/** One run of `work` serves all that ask in the same turn of the executor. */
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

/** Lets everybody who asks in this turn come in first. */
function restOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
