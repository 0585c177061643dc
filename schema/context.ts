import type { Access, AuditLog, Identity } from '../src/contracts/access.ts';
import type { Clock } from '../src/contracts/clock.ts';
import type { LogReader } from '../src/contracts/logs.ts';
import type { Durability } from '../src/contracts/stores.ts';
import type { EventReader, Supervisor } from '../src/contracts/supervisor.ts';
import { createJournalCursors, type JournalCursors } from './journal-cursors.ts';
import { createPortBatch, type PortBatch } from './ports/batch.ts';
import type { StreamScheduler } from './streams/scheduler.ts';

/** What the schema is built on: the same for every request of a server. */
export interface SchemaParts {
  readonly supervisor: Supervisor;
  readonly events: EventReader;
  readonly logs: LogReader;
  readonly access: Access;
  readonly audit: AuditLog;
  readonly durability: Durability;
  readonly clock: Clock;
  readonly scheduler: StreamScheduler;
  /** Called when a stream begins; what it answers is called when that stream has ended. */
  readonly streamOpened: (field: 'logs' | 'events') => () => void;
}

/** What each request adds. */
export interface RequestParts {
  /** Who asks. Their name stands in the journal as the actor. */
  readonly viewer: Identity;
  /** The host that the client asked by, without a port; an IPv6 address in brackets. */
  readonly requestHost: string;
  /** Where the client asked, as an origin: `http://localhost:3000`. */
  readonly requestOrigin: string;
  /** Each of them, aborted, ends the request's streams: the client has gone, or the server closes. */
  readonly ends: readonly AbortSignal[];
}

/** What every resolver gets. A subscription keeps its own for as long as it lives, so nothing here is a cache. */
export interface GraphQLContext extends SchemaParts, RequestParts {
  readonly cursors: JournalCursors;
  readonly ports: PortBatch;
}

/** Joins a server's parts once and answers what makes the context of each request. */
export function createContextFactory(parts: SchemaParts): (request: RequestParts) => GraphQLContext {
  const cursors = createJournalCursors(parts.events, parts.logs);
  const ports = createPortBatch(parts.supervisor);
  return (request) => ({ ...parts, ...request, cursors, ports });
}
