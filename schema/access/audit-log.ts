import type { AuditEntry as AuditRow } from '../../src/core/access.ts';
import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import {
  type Connection,
  DEFAULT_PAGE,
  decodeAuditCursor,
  encodeAuditCursor,
  journalPageSize,
  type PageArgs,
  pageWeight,
  toConnection,
} from '../relay.ts';
import { Role } from '../role-type.ts';

const AuditEntry = builder.objectRef<AuditRow>('AuditEntry').implement({
  description: 'A command, whether it was carried out or refused.',
  fields: (t) => ({
    cursor: t.field({
      type: 'Cursor',
      description: 'The position of the entry in the audit log.',
      resolve: ({ seq }) => encodeAuditCursor(seq),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When the command was given.' }),
    actor: t.exposeString('actor', { description: 'Who gave the command: the name of the token.' }),
    tokenId: t.id({
      nullable: true,
      description: 'The id of the token. Null if the server does not require tokens.',
      resolve: ({ token }) => token,
    }),
    role: t.expose('role', { type: Role, description: 'The role of the token at that time.' }),
    action: t.exposeString('action', { description: 'The field of `Mutation`, for example `renameApp`.' }),
    input: t.exposeString('input', {
      description:
        'The arguments as JSON. An app that was given by its id also has the name that it had then. Each text is cut off after 128 characters, and the whole after 1,024.',
    }),
    outcome: t.exposeString('outcome', {
      nullable: true,
      description:
        '`OK`, or the code of the error, for example `APP_NOT_FOUND` or `FORBIDDEN`. Null if the command is in progress, or if the server stopped before it knew the outcome.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the outcome became known.',
    }),
  }),
});

const AuditEntryConnection = builder.connectionObject(
  { type: AuditEntry, name: 'AuditEntryConnection', description: 'A page of the audit log, oldest first.' },
  { name: 'AuditEntryEdge', description: 'An entry of the audit log in a page, with its cursor.' },
);

/** The cost of a page of entries: one query of the database, and each row. */
const AUDIT_WORK = { page: 50, item: 5, fallback: DEFAULT_PAGE };

/** A page of the audit log, oldest first. @throws GraphQLError INVALID_PAGE, BAD_CURSOR */
function auditConnection(context: GraphQLContext, args: PageArgs): Connection<AuditRow> {
  const size = journalPageSize(args);
  const page = context.audit.page({
    after: args.after == null ? null : decodeAuditCursor(args.after),
    before: args.before == null ? null : decodeAuditCursor(args.before),
    limit: size.limit,
    forward: size.forward,
  });
  return toConnection({ ...page, items: page.entries }, size, ({ seq }) => encodeAuditCursor(seq));
}

builder.queryField('auditLog', (t) =>
  t.field({
    type: AuditEntryConnection,
    authScopes: { role: 'ADMIN' },
    description:
      'Who did what, with what outcome: every mutation, including refused ones, oldest first. Entries are kept for 90 days. Without `first` and `last`, returns the newest 100, or with only `after` the next 100.',
    args: t.arg.connectionArgs(),
    complexity: (args) => pageWeight(args, AUDIT_WORK),
    resolve: (_root, args, context) => auditConnection(context, args),
  }),
);
