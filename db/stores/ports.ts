import { eq, sql } from 'drizzle-orm';
import type { PortLease, PortStore } from '../../src/contracts/stores.ts';
import type { AppId } from '../../src/core/app.ts';
import type { Database } from '../client.ts';
import { ports } from '../tables.ts';
import { remember } from '../transactions.ts';

/** For the store of apps: a port goes with its app. */
export interface Forgetful {
  /** The next question reads the database again. */
  forget(): void;
}

/**
 * Port assignments. Each change waits for the disk, because an app keeps its port for life. All of them are kept in
 * memory, too: a query of 1,000 apps asks for 1,000 ports.
 */
export function createPortStore(db: Database): PortStore & Forgetful {
  const ofApp = eq(ports.app, sql.placeholder('app'));
  const all = db.orm.select().from(ports).orderBy(ports.port).prepare();
  const remove = db.orm.delete(ports).where(ofApp).returning({ port: ports.port }).prepare();
  const assign = db.orm
    .insert(ports)
    .values({
      port: sql.placeholder('port'),
      app: sql.placeholder('app'),
      assignedAt: sql.placeholder('assignedAt'),
    })
    .onConflictDoUpdate({
      target: ports.app,
      set: { port: sql`excluded.port`, assignedAt: sql`excluded.assigned_at` },
    })
    .returning()
    .prepare();
  const byApp = remember(db, () => new Map<AppId, PortLease>(all.all().map((lease) => [lease.app, lease])));
  const byPort = remember(db, () => [...byApp.get().values()].sort((a, b) => a.port - b.port));

  return {
    forget() {
      byApp.forget();
      byPort.forget();
    },
    all: () => byPort.get(),
    ofApp: (app) => byApp.get().get(app) ?? null,
    assign: (app, port, at) =>
      db.write(() => {
        const lease = assign.get({ app, port, assignedAt: at });
        byApp.get().set(app, lease);
        byPort.forget();
        db.durable();
        return lease;
      }),
    release: (app) =>
      db.write(() => {
        const [released] = remove.all({ app });
        if (released) db.durable();
        byApp.get().delete(app);
        byPort.forget();
        return released?.port ?? null;
      }),
  };
}
