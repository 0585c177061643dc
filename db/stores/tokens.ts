import { and, asc, eq, isNull, lte, or, sql } from 'drizzle-orm';
import { LRUCache } from 'lru-cache';
import type { TokenRecord, TokenStore } from '../../src/contracts/access.ts';
import type { Token } from '../../src/core/access.ts';
import type { Database } from '../client.ts';
import { tokens } from '../tables.ts';

/**
 * New tokens and revocations wait for the disk, because people rely on them. A run's token does not: a power failure
 * ends the run, too.
 */
export function createTokenStore(db: Database): TokenStore {
  const insert = db.orm
    .insert(tokens)
    .values({
      id: sql.placeholder('id'),
      name: sql.placeholder('name'),
      kind: sql.placeholder('kind'),
      role: sql.placeholder('role'),
      hash: sql.placeholder('hash'),
      parent: sql.placeholder('parent'),
      run: sql.placeholder('run'),
      createdAt: sql.placeholder('createdAt'),
      expiresAt: sql.placeholder('expiresAt'),
      revokedAt: sql.placeholder('revokedAt'),
      lastUsedAt: sql.placeholder('lastUsedAt'),
      keyThumbprint: sql.placeholder('keyThumbprint'),
    })
    .prepare();
  const byId = eq(tokens.id, sql.placeholder('id'));
  const get = db.orm.select().from(tokens).where(byId).prepare();
  // Tokens of the same millisecond are listed in the order in which they were made.
  const all = db.orm.select().from(tokens).orderBy(asc(tokens.createdAt), sql`rowid`).prepare();
  const at = { value: sql`${sql.placeholder('at')}` };
  const revoke = db.orm
    .update(tokens)
    .set({ revokedAt: at.value })
    .where(and(or(byId, eq(tokens.parent, sql.placeholder('id'))), isNull(tokens.revokedAt)))
    .prepare();
  const used = db.orm
    .update(tokens)
    .set({ lastUsedAt: at.value, expiresAt: sql`${sql.placeholder('expiresAt')}` })
    .where(byId)
    .prepare();
  const hasExpired = and(isNull(tokens.revokedAt), lte(tokens.expiresAt, sql.placeholder('at')));
  const anExpired = db.orm.select({ id: tokens.id }).from(tokens).where(hasExpired).limit(1).prepare();
  const endExpired = db.orm.update(tokens).set({ revokedAt: sql`expires_at` }).where(hasExpired).prepare();
  const ofRun = db.orm
    .select({ id: tokens.id, role: tokens.role })
    .from(tokens)
    .where(eq(tokens.run, sql.placeholder('run')))
    .prepare();
  const setRoleOfRun = db.orm
    .update(tokens)
    .set({ role: sql`${sql.placeholder('role')}` })
    .where(eq(tokens.run, sql.placeholder('run')))
    .prepare();
  const removeOfRun = db.orm
    .delete(tokens)
    .where(eq(tokens.run, sql.placeholder('run')))
    .prepare();

  const version = db.orm.$client.prepare<[], number>('PRAGMA data_version').pluck();
  const read = new ReadTokens(
    (id) => get.get({ id }) ?? null,
    () => version.get() ?? 0,
  );
  db.onRollback(() => read.forget());
  const write = <T>(work: () => T): T => read.changing(() => db.write(work));

  return {
    insert: (token) =>
      write(() => {
        insert.run({ ...token, hash: Buffer.from(token.hash) });
        if (token.kind !== 'RUN') db.durable();
      }),
    get: (id) => read.get(id),
    all: () => all.all().map(withoutHash),
    revoke: (id, time) =>
      write(() => {
        db.durable();
        return revoke.run({ id, at: time }).changes > 0;
      }),
    used: (id, time, expiresAt) => {
      write(() => used.run({ id, at: time, expiresAt }));
    },
    endExpired: (time) => {
      // Usually none has expired, and nothing is written.
      if (!anExpired.get({ at: time })) return 0;
      return write(() => {
        db.durable();
        return endExpired.run({ at: time }).changes;
      });
    },
    roleOfRun: (run) => ofRun.get({ run })?.role ?? null,
    setRoleOfRun: (run, role) => {
      write(() => setRoleOfRun.run({ run, role }));
    },
    removeOfRun: (run) => {
      // Most runs have none, and a needless write would fail on a full disk.
      if (ofRun.get({ run })) write(() => removeOfRun.run({ run }));
    },
    prune: ({ endedBefore, liveRuns, keep }) =>
      write(() => {
        const among = (values: readonly unknown[]) =>
          sql`(SELECT value FROM json_each(${JSON.stringify(values)}))`;
        const ended = sql`(revoked_at < ${endedBefore} OR expires_at < ${endedBefore}) AND id NOT IN ${among(keep)}`;
        const ofEndedRun = sql`kind = 'RUN' AND run NOT IN ${among(liveRuns)}`;
        return db.orm.delete(tokens).where(sql`(${ended}) OR (${ofEndedRun})`).run().changes;
      }),
    version: () => version.get() ?? 0,
  };
}

function withoutHash({ hash: _, ...token }: TokenRecord): Token {
  return token;
}

/** How many tokens are kept in memory. */
const MOST_READ = 1_000;

/**
 * Tokens that were read: each request asks for one. A token is read again after any write of this store, and after any
 * write of another process. So a revocation takes effect at once, whoever makes it.
 */
class ReadTokens {
  readonly #tokens = new LRUCache<string, TokenRecord>({ max: MOST_READ });
  readonly #read: (id: string) => TokenRecord | null;
  /** Differs from the last answer if another process has written to the database. */
  readonly #version: () => number;
  #seen = 0;
  #looked = false;

  constructor(read: (id: string) => TokenRecord | null, version: () => number) {
    this.#read = read;
    this.#version = version;
  }

  get(id: string): TokenRecord | null {
    if (!this.#looked) this.#look();
    const known = this.#tokens.get(id) ?? this.#read(id);
    if (known) this.#tokens.set(id, known);
    return known;
  }

  changing<T>(work: () => T): T {
    try {
      return work();
    } finally {
      this.forget();
    }
  }

  /** Asks the database for the version, which costs two system calls: once for all requests of a turn of the loop. */
  #look(): void {
    const version = this.#version();
    if (version !== this.#seen) this.forget();
    this.#seen = version;
    this.#looked = true;
    setImmediate(() => {
      this.#looked = false;
    });
  }

  forget(): void {
    this.#tokens.clear();
  }
}
