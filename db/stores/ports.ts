import { eq, sql } from 'drizzle-orm';
import type { PortStore } from '../../src/contracts/stores.ts';
import type { Database } from '../client.ts';
import { ports } from '../tables.ts';

/** Port assignments. Each change waits for the disk, because an app keeps its port for life. */
export function createPortStore(db: Database): PortStore {
  const ofApp = eq(ports.app, sql.placeholder('app'));
  const all = db.orm.select().from(ports).orderBy(ports.port).prepare();
  const get = db.orm.select().from(ports).where(ofApp).prepare();
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

  return {
    all: () => all.all(),
    ofApp: (app) => get.get({ app }) ?? null,
    assign: (app, port, at) =>
      db.write(() => {
        const lease = assign.get({ app, port, assignedAt: at });
        db.durable();
        return lease;
      }),
    release: (app) =>
      db.write(() => {
        const [released] = remove.all({ app });
        if (released) db.durable();
        return released?.port ?? null;
      }),
  };
}
