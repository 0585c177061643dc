import type { AuditStore, TokenStore } from '../src/contracts/access.ts';
import type { MarkStore } from '../src/contracts/marks.ts';
import type {
  AppStore,
  EventStore,
  InstallStore,
  MetaStore,
  PortStore,
  RunStore,
  Transactions,
} from '../src/contracts/stores.ts';
import { openDatabase } from './client.ts';
import { openingError } from './errors.ts';
import { createAppStore } from './stores/apps.ts';
import { createAuditStore } from './stores/audit.ts';
import { createEventStore } from './stores/events.ts';
import { createInstallStore } from './stores/installs.ts';
import { createMarkStore } from './stores/marks.ts';
import { createMetaStore } from './stores/meta.ts';
import { createPortStore } from './stores/ports.ts';
import { createRunStore } from './stores/runs.ts';
import { createTokenStore } from './stores/tokens.ts';

export { DatabaseError, type DatabaseErrorCode } from './errors.ts';
export { lockStateDirectory, type StateDirectoryLock, StateDirectoryLockedError } from './lock.ts';

/** All that is kept in `toehold.db`. */
export interface Stores extends Transactions {
  readonly apps: AppStore;
  readonly runs: RunStore;
  readonly ports: PortStore;
  readonly events: EventStore;
  readonly installs: InstallStore;
  readonly marks: MarkStore;
  readonly meta: MetaStore;
  readonly tokens: TokenStore;
  readonly audit: AuditStore;
  close(): void;
}

/**
 * Opens the database (it is made where there is none), brings its tables to the present form and
 * begins an epoch. The state directory must be locked by the caller.
 * @throws DatabaseError
 */
export function openStores(file: string, options: { readonly now: () => number }): Stores {
  const db = openDatabase(file);
  try {
    const events = createEventStore(db);
    const marks = createMarkStore(db);
    const journals = { lastEvent: events.last, lastMark: marks.last };
    return {
      apps: createAppStore(db),
      runs: createRunStore(db),
      ports: createPortStore(db),
      installs: createInstallStore(db),
      tokens: createTokenStore(db),
      audit: createAuditStore(db),
      events,
      marks,
      meta: createMetaStore(db, journals, options.now()),
      transaction: db.transaction,
      close: db.close,
    };
  } catch (error) {
    db.close();
    throw openingError(file, error);
  }
}
