import { join } from 'node:path';
import type { AuditStore, TokenStore } from '../src/contracts/access.ts';
import type { MarkStore } from '../src/contracts/marks.ts';
import type {
  AppStore,
  Durability,
  EventStore,
  InstallStore,
  MetaStore,
  PortStore,
  RunStore,
  TimeStore,
  Transactions,
} from '../src/contracts/stores.ts';
import { type Database, openBeside, openDatabase } from './client.ts';
import { DatabaseError, openingError } from './errors.ts';
import { lockStateDirectory, StateDirectoryLockedError } from './lock.ts';
import { createAppStore } from './stores/apps.ts';
import { createAuditStore } from './stores/audit.ts';
import { createEventStore } from './stores/events.ts';
import { createInstallStore } from './stores/installs.ts';
import { createMarkStore } from './stores/marks.ts';
import { createMetaStore } from './stores/meta.ts';
import { createPortStore } from './stores/ports.ts';
import { createRunStore } from './stores/runs.ts';
import { createTimeStore } from './stores/time.ts';
import { createTokenStore } from './stores/tokens.ts';

export { DatabaseError, type DatabaseErrorCode } from './errors.ts';
export { lockStateDirectory, type StateDirectoryLock, StateDirectoryLockedError } from './lock.ts';

// The database: its tables, one store for each concern, and the lock of the state directory. It decides nothing: a store
// writes what it is given. It must not know another room but core, contracts and host.

/** All stores of `toehold.db`. */
export interface Stores extends Transactions {
  readonly apps: AppStore;
  readonly runs: RunStore;
  readonly ports: PortStore;
  readonly events: EventStore;
  readonly installs: InstallStore;
  readonly marks: MarkStore;
  readonly meta: MetaStore;
  readonly time: TimeStore;
  readonly tokens: TokenStore;
  readonly audit: AuditStore;
  readonly durability: Durability;
  close(): void;
}

/**
 * Opens the database (it is made where there is none), migrates its tables, and begins an epoch. The caller must have
 * locked the state directory.
 * @throws DatabaseError
 */
export function openStores(
  file: string,
  options: {
    readonly now: () => number;
    /** The disk refused to confirm a commit (a sentence), or has confirmed all of them again (null). */
    readonly durabilityChanged?: (problem: string | null) => void;
  },
): Stores {
  const db = openDatabase(file, options.durabilityChanged);
  try {
    const events = createEventStore(db);
    const marks = createMarkStore(db);
    const runs = createRunStore(db);
    const ports = createPortStore(db);
    const journals = { lastEvent: events.last, lastMark: marks.last };
    return {
      apps: createAppStore(db, runs, ports),
      runs,
      ports,
      installs: createInstallStore(db),
      tokens: createTokenStore(db),
      audit: createAuditStore(db),
      time: createTimeStore(db),
      events,
      marks,
      meta: createMetaStore(db, journals, options.now()),
      transaction: db.transaction,
      durability: db.durability,
      close: db.close,
    };
  } catch (error) {
    db.close();
    throw openingError(file, error);
  }
}

/** The stores that `toehold token` uses, in a process of its own. */
export interface AccessStores {
  readonly tokens: TokenStore;
  readonly audit: AuditStore;
  readonly time: TimeStore;
  readonly durability: Durability;
  close(): void;
}

/**
 * Opens the tokens and the audit log of a state directory that a control plane may be using: no epoch begins. A
 * database of an earlier version is migrated only where no control plane has it open.
 * @throws DatabaseError
 */
export function openAccessStores(stateDir: string): AccessStores {
  const file = join(stateDir, 'toehold.db');
  const db = openBeside(file) ?? migrated(stateDir, file);
  try {
    return {
      tokens: createTokenStore(db),
      audit: createAuditStore(db),
      time: createTimeStore(db),
      durability: db.durability,
      close: db.close,
    };
  } catch (error) {
    db.close();
    throw openingError(file, error);
  }
}

function migrated(stateDir: string, file: string): Database {
  try {
    const lock = lockStateDirectory(stateDir);
    try {
      return openDatabase(file);
    } finally {
      lock.release();
    }
  } catch (error) {
    if (!(error instanceof StateDirectoryLockedError)) throw error;
    const pid = error.holder === null ? '' : ` (pid ${error.holder.pid})`;
    const problem = `is of an earlier version, and the server that has it open${pid} needs it as it is: use the toehold of that server, or start it again with this one`;
    throw new DatabaseError('LOCKED', file, problem);
  }
}
