import type { PortView, Supervisor } from '../src/contracts/supervisor.ts';
import type { AppId } from '../src/core/app.ts';

/** The ports of apps, looked at once for all that ask in the same turn. */
export interface PortBatch {
  of(app: AppId): Promise<PortView | null>;
}

/**
 * Looking at a port means looking at the system's sockets, which costs the same for one as for all:
 * a list of 1,000 apps looks once. Nothing is kept for the next turn, so no answer is stale.
 */
export function createPortBatch(supervisor: Pick<Supervisor, 'portOf' | 'ports'>): PortBatch {
  let turn: { readonly apps: Set<AppId>; readonly found: Promise<(app: AppId) => PortView | null> } | null =
    null;

  async function look(apps: ReadonlySet<AppId>): Promise<(app: AppId) => PortView | null> {
    // Let everybody who asks in this turn of the executor come in first.
    await new Promise((resolve) => setImmediate(resolve));
    turn = null;
    const [only] = apps;
    if (apps.size === 1 && only !== undefined) {
      const view = await supervisor.portOf(only);
      return () => view;
    }
    const byApp = new Map((await supervisor.ports()).map((view) => [view.app, view]));
    return (app) => byApp.get(app) ?? null;
  }

  return {
    async of(app) {
      if (!turn) {
        const apps = new Set<AppId>();
        turn = { apps, found: look(apps) };
      }
      turn.apps.add(app);
      return (await turn.found)(app);
    },
  };
}
