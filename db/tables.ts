import { sql } from 'drizzle-orm';
import { blob, index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { Role, TokenKind } from '../src/core/access.ts';
import type { DesiredState } from '../src/core/app.ts';
import type { AppFact, SupervisorFact } from '../src/core/events.ts';
import type { Intent } from '../src/core/intent.ts';
import type { Phase } from '../src/core/lifecycle.ts';
import type { Manifest } from '../src/core/manifest.ts';
import type { DriverHandle, ExitReason, RunCause, RunPhase } from '../src/core/run.ts';
import type { StoredLifecycle } from './stored-lifecycle.ts';

// Every time is in milliseconds since the epoch. After a change of a table, run `npx drizzle-kit generate`. A migration
// that is on the main branch is never edited.

export const apps = sqliteTable('apps', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  name: text('name').notNull().unique(),
  /** `device:inode:birth` of the app's directory, birth in nanoseconds (0: not known); null where it was never seen. */
  identity: text('identity'),
  createdAt: integer('created_at').notNull(),
  /** Grows with each change that a client can see. */
  revision: integer('revision').notNull(),
  /** When the directory was found to be gone; null while it is there. */
  missingSince: integer('missing_since'),
  /** Name of the release that `current` points to; null for a plain directory. */
  release: text('release'),
  /** Real path of `current` when its manifest was last valid. */
  directory: text('directory'),
  /** `device:inode:birth` of that directory. */
  directoryIdentity: text('directory_identity'),
  /** Both are read out of `lifecycle`, for people who look with sqlite3, and for `doctor`. */
  desired: text('desired')
    .$type<DesiredState>()
    .generatedAlwaysAs(sql`json_extract(lifecycle, '$.desired')`, { mode: 'virtual' }),
  phase: text('phase')
    .$type<Phase['kind']>()
    .generatedAlwaysAs(sql`json_extract(lifecycle, '$.phase.kind')`, { mode: 'virtual' }),
  /** The last valid one. */
  manifest: text('manifest', { mode: 'json' }).$type<Manifest>(),
  /** Of the app's run it has the number alone; the run is in `runs`. */
  lifecycle: text('lifecycle', { mode: 'json' }).$type<StoredLifecycle>().notNull(),
  /** The operation of several steps (such as a rename) that is under way. */
  intent: text('intent', { mode: 'json' }).$type<Intent>(),
  /** The role in this API that an ADMIN granted the app. */
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
    /** Name of the token whose command started it, or of a part of the control plane. */
    actor: text('actor').notNull(),
    release: text('release'),
    port: integer('port'),
    /** Of the script's first process. */
    pid: integer('pid'),
    /** What the driver needs to find the run again. Only the driver reads it. */
    handle: text('handle', { mode: 'json' }).$type<DriverHandle>(),
    startedAt: integer('started_at').notNull(),
    readyAt: integer('ready_at'),
    endedAt: integer('ended_at'),
    /** Null while the run has not ended. So are the next three. */
    exitReason: text('exit_reason').$type<ExitReason>(),
    exitCode: integer('exit_code'),
    exitSignal: text('exit_signal'),
    exitAt: integer('exit_at'),
    /** How many times a new control plane has taken the run over. */
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
 * Which bytes of the log files are whole lines, and when they were seen. The largest table: about 70 bytes a row, its
 * index included. No foreign keys, which would be checked for each row; the logs remove an app's marks themselves.
 */
export const marks = sqliteTable(
  'marks',
  {
    seq: integer('seq').primaryKey(),
    app: integer('app').notNull(),
    /** 0 STDOUT, 1 STDERR, 2 SUPERVISOR. */
    stream: integer('stream').notNull(),
    run: integer('run').notNull(),
    /** How often the file has begun anew. */
    generation: integer('generation').notNull(),
    from: integer('from_byte').notNull(),
    /** The mark's end is at `from_byte + size`. */
    size: integer('size').notNull(),
    at: integer('at').notNull(),
    /** The last bytes before the end, at most 32. They show whether the file is still the one that was marked. */
    tail: blob('tail', { mode: 'buffer' }).notNull(),
  },
  (table) => [index('marks_app_stream').on(table.app, table.stream)],
);

/** The marks of a run's stream are among those from `first_mark` to `last_mark`. */
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

/** The first mark after each time that the wall clock was set back. Between two of them, times grow. */
export const clockSteps = sqliteTable('clock_steps', {
  mark: integer('mark').primaryKey(),
});

/** Where the freed lines of an app end: nothing before it is left. Only for apps of which lines were freed. */
export const lostMarks = sqliteTable('lost_marks', {
  /** No foreign key: the row stays when the app is removed, because readers may still come to this gap. */
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

/** The last successful installation of each release. */
export const installs = sqliteTable('installs', {
  /** Real path of the release. */
  directory: text('directory').primaryKey(),
  /** Digest of what was installed; another one means that the app must be installed again. */
  key: text('key').notNull(),
  at: integer('at').notNull(),
});

/** `toehold token` writes to it too, while the server runs. */
export const tokens = sqliteTable(
  'tokens',
  {
    /** The part of the token's text that is not secret. */
    id: text('id').primaryKey(),
    name: text('name').notNull(),
    kind: text('kind').$type<TokenKind>().notNull(),
    role: text('role').$type<Role>().notNull(),
    /** SHA-256 of the token's whole text. */
    hash: blob('hash', { mode: 'buffer' }).notNull(),
    /** Id of the token by which a browser's session was begun; null for other tokens. */
    parent: text('parent'),
    /** The run whose own token this is; null for other tokens. */
    run: integer('run'),
    createdAt: integer('created_at').notNull(),
    expiresAt: integer('expires_at'),
    revokedAt: integer('revoked_at'),
    lastUsedAt: integer('last_used_at'),
    /** SHA-256 thumbprint (RFC 7638) of the key that a session is bound to. */
    keyThumbprint: text('key_thumbprint'),
  },
  (table) => [index('tokens_parent').on(table.parent), index('tokens_run').on(table.run)],
);

export const audit = sqliteTable(
  'audit',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    at: integer('at').notNull(),
    /** Name of the token, or another name of the client. */
    actor: text('actor').notNull(),
    /** Id of the token. */
    token: text('token'),
    role: text('role').$type<Role>().notNull(),
    /** Name of the mutation. */
    action: text('action').notNull(),
    /** The mutation's input as JSON, cut where it is long. */
    input: text('input').notNull(),
    /** `OK` or the code of an error; null while it is not known. */
    outcome: text('outcome'),
    endedAt: integer('ended_at'),
  },
  (table) => [index('audit_at').on(table.at)],
);

/** Each start of a control plane begins an epoch, and cursors name it. */
export const epochs = sqliteTable('epochs', {
  epoch: integer('epoch').primaryKey(),
  startedAt: integer('started_at').notNull(),
  /** Its last event and its last mark, as the next start found them; null for the current epoch. */
  lastEvent: integer('last_event'),
  lastMark: integer('last_mark'),
});

/** Single values, such as the database's own id. */
export const meta = sqliteTable('meta', {
  key: text('key').primaryKey(),
  value: text('value').notNull(),
});
