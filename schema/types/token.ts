import { builder } from '../builder.ts';
import { Token } from '../refs.ts';
import { Role } from './role.ts';
import { TokenKind } from './token-kind.ts';

builder.objectType(Token, {
  description:
    'What somebody has who may use this API. Its text is told once, by `createToken`, and kept nowhere.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its public part: it stands in its text, after `toe_`.' }),
    name: t.exposeString('name', {
      description: 'The name that stands as the actor of what is done with it.',
    }),
    kind: t.expose('kind', { type: TokenKind, description: 'How it came to be.' }),
    role: t.expose('role', { type: Role, description: 'What it allows.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When it ends by itself; for a session that is moved on by each use. Null: it lasts until it is revoked.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute or so; an open stream is a use. Null: never.',
    }),
  }),
});
