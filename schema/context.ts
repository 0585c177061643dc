import type { Access, AuditLog, Identity } from '../src/contracts/access.ts';
import type { Clock } from '../src/contracts/clock.ts';
import type { LogReader } from '../src/contracts/logs.ts';
import type { Durability } from '../src/contracts/stores.ts';
import type { EventReader, Supervisor } from '../src/contracts/supervisor.ts';
import type { AppId } from '../src/core/app.ts';
import { createJournalCursors, type JournalCursors } from './journal-cursors.ts';
import { createPortBatch, type PortBatch } from './ports/batch.ts';
import type { StreamScheduler } from './streams/scheduler.ts';

/** The parts of a server that resolvers use: the same for every request. */
export interface SchemaParts {
  readonly supervisor: Supervisor;
  readonly events: EventReader;
  readonly logs: LogReader;
  readonly access: Access;
  readonly audit: AuditLog;
  readonly durability: Durability;
  readonly clock: Clock;
  readonly scheduler: StreamScheduler;
  /** Called when a stream begins. The returned function is called when that stream has ended. */
  readonly streamOpened: (stream: OpenStream) => () => void;
}

/** An open stream, for the metrics. */
export interface OpenStream {
  /** The field of `Subscription`. */
  readonly field: 'logs' | 'events';
  /** The apps that it follows; null: all. */
  readonly apps: readonly AppId[] | null;
  /** Since when its client has not taken everything, by the monotonic clock in milliseconds; null: it has. */
  behindSince(): number | null;
}

/** The parts of one request. */
export interface RequestParts {
  /** Who sends the request. The name becomes the actor in the journal. */
  readonly viewer: Identity;
  /** The host of the request, without a port. An IPv6 address is in brackets. */
  readonly requestHost: string;
  /** The origin to which the request was sent: `http://localhost:3000`. */
  readonly requestOrigin: string;
  /** When one of them fires, the request's streams end: the client disconnected, the token or the server ended. */
  readonly ends: readonly AbortSignal[];
  /** Set by a transport that moves a client between streams: see `src/server/streams`. */
  readonly handover?: StreamHandover;
}

/** How a stream continues where another one of the same operation stopped. */
export interface StreamHandover {
  /** Where the stream begins, in place of what the operation's arguments say. Null: as they say. */
  readonly from: string | null;
  /** Called when the client has taken everything up to this cursor, and the stream is about to wait for more. */
  readonly caughtUp: (cursor: string) => void;
  /** What the operation's arguments mean, once it is resolved: see `resolvedOnce`. */
  query?: unknown;
}

/** The context of every resolver. A subscription keeps its context as long as it lives, so nothing here is a cache. */
export interface GraphQLContext extends SchemaParts, RequestParts {
  readonly cursors: JournalCursors;
  readonly ports: PortBatch;
}

/** Returns a function that creates the context of each request of a server. */
export function createContextFactory(parts: SchemaParts): (request: RequestParts) => GraphQLContext {
  const cursors = createJournalCursors(parts.events, parts.logs);
  const ports = createPortBatch(parts.supervisor);
  return (request) => ({ ...parts, ...request, cursors, ports });
}
