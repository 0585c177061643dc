import type { AuditEntry } from '../src/core/access.ts';
import type { GraphQLContext } from './context.ts';
import {
  type Connection,
  DEFAULT_PAGE,
  decodeAuditCursor,
  encodeAuditCursor,
  journalPageSize,
  type PageArgs,
  toConnection,
} from './relay.ts';

/** What a page of entries takes: a look into the database, and each row is read. */
export const AUDIT_WORK = { page: 50, item: 5, fallback: DEFAULT_PAGE };

/** A page of the audit log, oldest first. @throws GraphQLError INVALID_PAGE, BAD_CURSOR */
export function auditConnection(context: GraphQLContext, args: PageArgs): Connection<AuditEntry> {
  const size = journalPageSize(args);
  const page = context.audit.page({
    after: args.after == null ? null : decodeAuditCursor(args.after),
    before: args.before == null ? null : decodeAuditCursor(args.before),
    limit: size.limit,
    forward: size.forward,
  });
  return toConnection({ ...page, items: page.entries }, size, ({ seq }) => encodeAuditCursor(seq));
}
