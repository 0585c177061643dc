import type { Identity } from '../../src/contracts/access.ts';
import type { Token as TokenInfo } from '../../src/core/access.ts';
import { builder } from '../builder.ts';
import { AppAccess } from '../refs.ts';

export const Token = builder.objectRef<TokenInfo>('Token').implement({
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

const TokenKind = builder.enumType('TokenKind', {
  description: 'How a token came to be.',
  values: {
    TOKEN: { description: 'Somebody made it.' },
    SESSION: {
      description: 'A browser’s, by way of a one-time link. It ends with the token that made the link.',
    },
    RUN: { description: 'Given to a run of an app that asks for it. It ends with the run.' },
  },
});

export const Role = builder.enumType('Role', {
  description: 'What a caller may do; each role includes those before it.',
  values: {
    VIEWER: { description: 'Read everything, logs included.' },
    OPERATOR: { description: 'Start, stop and restart apps, and set icons.' },
    ADMIN: {
      description:
        'Rename and remove apps, activate releases, assign ports, hand out tokens and read the audit log.',
    },
  },
});

export const Viewer = builder.objectRef<Pick<Identity, 'name' | 'role'>>('Viewer').implement({
  description: 'Who asks: you, as the server sees you.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name that stands as the actor of what you do.' }),
    role: t.expose('role', { type: Role, description: 'What you may do.' }),
  }),
});

builder.objectType(AppAccess, {
  description: 'What an app may do with this API, by its own token (`TOES_TOKEN`).',
  fields: (t) => ({
    requested: t.expose('requested', {
      type: Role,
      nullable: true,
      description: 'What its manifest asks for (`toes.api`). Null: nothing.',
    }),
    granted: t.expose('granted', {
      type: Role,
      nullable: true,
      description: 'What an ADMIN granted it (`grantAppAccess`). Null: nothing.',
    }),
    allowed: t.expose('allowed', {
      type: Role,
      nullable: true,
      description:
        'What it may have now: what it asks for, up to the greater of its grant and the setting TOEHOLD_APP_API. Null: nothing.',
    }),
    effective: t.expose('effective', {
      type: Role,
      nullable: true,
      description:
        'The role of the token that its run has. Null when nothing runs, and for a run that began without a token.',
    }),
  }),
});
