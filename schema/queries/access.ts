import { AUDIT_WORK, auditConnection } from '../audit-connection.ts';
import { builder } from '../builder.ts';
import { Token } from '../refs.ts';
import { listWeight, pageWeight } from '../relay.ts';
import { AuditEntryConnection } from '../types/audit-entry-connection.ts';

builder.queryFields((t) => ({
  auditLog: t.field({
    type: AuditEntryConnection,
    authScopes: { role: 'ADMIN' },
    description:
      'Who did what, with what outcome: every mutation, refused ones too, oldest first; kept 90 days. Without `first` and `last`: the newest 100, or with `after` alone the next 100.',
    args: t.arg.connectionArgs(),
    complexity: (args) => pageWeight(args, AUDIT_WORK),
    resolve: (_root, args, context) => auditConnection(context, args),
  }),
  tokens: t.field({
    type: [Token],
    authScopes: { role: 'ADMIN' },
    description: 'All tokens that are worth something, sessions and those of runs too, oldest first.',
    complexity: listWeight(100, 50, 5),
    resolve: (_root, _args, { access }) => [...access.tokens()],
  }),
}));
