import { builder } from '../builder.ts';
import { AuditEntry } from '../refs.ts';
import { encodeAuditCursor } from '../relay.ts';
import { Role } from './role.ts';

builder.objectType(AuditEntry, {
  description: 'A command that somebody gave, carried out or refused.',
  fields: (t) => ({
    cursor: t.field({
      type: 'Cursor',
      description: 'Where it lies in the audit log.',
      resolve: ({ seq }) => encodeAuditCursor(seq),
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When it was given.' }),
    actor: t.exposeString('actor', { description: 'Who gave it: the token’s name.' }),
    tokenId: t.id({
      nullable: true,
      description: 'The token’s id. Null where the server asks for no token.',
      resolve: ({ token }) => token,
    }),
    role: t.expose('role', { type: Role, description: 'What the token allowed at that time.' }),
    action: t.exposeString('action', { description: 'The field of `Mutation`, like `renameApp`.' }),
    input: t.exposeString('input', {
      description: 'Its arguments as JSON: each text is cut after 128 characters, and the whole after 1,024.',
    }),
    outcome: t.exposeString('outcome', {
      nullable: true,
      description:
        '`OK`, or the code of what went wrong, like `APP_NOT_FOUND` or `FORBIDDEN`. Null: it is under way, or the server ended before it knew.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the outcome was known.',
    }),
  }),
});
