import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Role, TokenKind } from '../src/core/access.ts';
import type { DesiredState } from '../src/core/app.ts';
import type { AppFact, SupervisorFact } from '../src/core/events.ts';
import type { Intent } from '../src/core/intent.ts';
import type { Lifecycle, Phase } from '../src/core/lifecycle.ts';
import type { Manifest } from '../src/core/manifest.ts';
import type { DriverHandle, ExitReason, RunCause, RunPhase } from '../src/core/run.ts';

// Every time is in milliseconds since the epoch. Change a table, then `npx drizzle-kit generate`:
// a migration that was released is never edited.

export const apps = sqliteTable('apps', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  name: text('name').notNull().unique(),
  /** Device and inode of its directory. */
  identity: text('identity'),
  createdAt: integer('created_at').notNull(),
  revision: integer('revision').notNull(),
  missingSince: integer('missing_since'),
  release: text('release'),
  directory: text('directory'),
  /** Device, inode and birth of that directory. */
  directoryIdentity: text('directory_identity'),
  /** Said again in `lifecycle`, which decides: for people who look with sqlite3. */
  desired: text('desired').$type<DesiredState>().notNull(),
  phase: text('phase').$type<Phase['kind']>().notNull(),
  manifest: text('manifest', { mode: 'json' }).$type<Manifest>(),
  lifecycle: text('lifecycle', { mode: 'json' }).$type<Lifecycle>().notNull(),
  /** The operation of several steps that is under way. */
  intent: text('intent', { mode: 'json' }).$type<Intent>(),
  /** The role that an ADMIN granted the app for this API. */
  granted: text('granted').$type<Role>(),
});

export const runs = sqliteTable(
  'runs',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    app: integer('app')
      .notNull()
      .references(() => apps.id, { onDelete: 'cascade' }),
    phase: text('phase').$type<RunPhase>().notNull(),
    cause: text('cause').$type<RunCause>().notNull(),
    actor: text('actor').notNull(),
    release: text('release'),
    port: integer('port'),
    pid: integer('pid'),
    handle: text('handle', { mode: 'json' }).$type<DriverHandle>(),
    startedAt: integer('started_at').notNull(),
    readyAt: integer('ready_at'),
    endedAt: integer('ended_at'),
    /** Null: it has not ended. The three beside it tell how it did. */
    exitReason: text('exit_reason').$type<ExitReason>(),
    exitCode: integer('exit_code'),
    exitSignal: text('exit_signal'),
    exitAt: integer('exit_at'),
    recoveries: integer('recoveries').notNull(),
  },
  (table) => [index('runs_app').on(table.app), index('runs_live').on(table.id).where(sql`phase <> 'ENDED'`)],
);

export const ports = sqliteTable('ports', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  port: integer('port').notNull().unique(),
  app: integer('app')
    .notNull()
    .unique()
    .references(() => apps.id, { onDelete: 'cascade' }),
  assignedAt: integer('assigned_at').notNull(),
});

/**
 * The widest table by far: about 70 bytes a row, its index included. No foreign keys: a row is
 * checked by whoever writes it, and an app's marks are removed by the logs, not by a cascade.
 */
export const marks = sqliteTable(
  'marks',
  {
    seq: integer('seq').primaryKey(),
    app: integer('app').notNull(),
    /** 0 STDOUT, 1 STDERR, 2 SUPERVISOR. */
    stream: integer('stream').notNull(),
    run: integer('run').notNull(),
    generation: integer('generation').notNull(),
    from: integer('from_byte').notNull(),
    /** The mark's end is at `from_byte + size`. */
    size: integer('size').notNull(),
    at: integer('at').notNull(),
    tail: blob('tail', { mode: 'buffer' }).notNull(),
  },
  (table) => [index('marks_app_stream').on(table.app, table.stream)],
);

/** Which marks may be of a run's stream: all of them lie between the two, both included. */
export const spools = sqliteTable(
  'spools',
  {
    run: integer('run').notNull(),
    stream: integer('stream').notNull(),
    app: integer('app').notNull(),
    firstMark: integer('first_mark').notNull(),
    lastMark: integer('last_mark').notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.stream] }), index('spools_app').on(table.app)],
);

/** The first mark after each time that the wall clock went back: between two of them, time grows. */
export const clockSteps = sqliteTable('clock_steps', {
  mark: integer('mark').primaryKey(),
});

/** Of each app of which marks were pruned: where its lines begin that are kept. */
export const lostMarks = sqliteTable('lost_marks', {
  /** No foreign key: readers hear of it after the app was removed, too. */
  app: integer('app').primaryKey(),
  mark: integer('mark').notNull(),
  byte: integer('byte').notNull(),
});

export const events = sqliteTable(
  'events',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    at: integer('at').notNull(),
    actor: text('actor').notNull(),
    type: text('type').$type<(AppFact | SupervisorFact)['type']>().notNull(),
    /** No foreign key: an app's events outlive it. */
    app: integer('app'),
    /** As it was at that time. */
    appName: text('app_name'),
    fact: text('fact', { mode: 'json' }).$type<AppFact | SupervisorFact>().notNull(),
  },
  (table) => [index('events_app').on(table.app)],
);

export const installs = sqliteTable('installs', {
  directory: text('directory').primaryKey(),
  key: text('key').notNull(),
  at: integer('at').notNull(),
});

/** Written by `toehold token` too, while the server runs. */
export const tokens = sqliteTable(
  'tokens',
  {
    /** The public part of its text. */
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    kind: text('kind').$type<TokenKind>().notNull(),
    role: text('role').$type<Role>().notNull(),
    /** SHA-256 of its whole text. */
    hash: blob('hash', { mode: 'buffer' }).notNull(),
    /** The token that a session was begun by. */
    parent: text('parent'),
    run: integer('run'),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    lastUsedAt: integer('last_used_at'),
    /** Of the key that a session is bound to (RFC 7638, SHA-256). */
    keyThumbprint: text('key_thumbprint'),
  },
  (table) => [index('tokens_parent').on(table.parent), index('tokens_run').on(table.run)],
);

export const audit = sqliteTable(
  'audit',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    at: integer('at').notNull(),
    actor: text('actor').notNull(),
    token: text('token'),
    role: text('role').$type<Role>().notNull(),
    action: text('action').notNull(),
    /** JSON, cut where it is long. */
    input: text('input').notNull(),
    /** Null: not known (yet). */
    outcome: text('outcome'),
    endedAt: integer('ended_at'),
  },
  (table) => [index('audit_at').on(table.at)],
);

export const epochs = sqliteTable('epochs', {
  epoch: integer('epoch').primaryKey(),
  startedAt: integer('started_at').notNull(),
  /** The last that was kept of it, as the next start found it; null for the epoch that is going on. */
  lastEvent: integer('last_event'),
  lastMark: integer('last_mark'),
});

export const meta = sqliteTable('meta', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});
