import type { Identity } from '../../src/contracts/access.ts';
import type { Token as TokenInfo } from '../../src/core/access.ts';
import { builder } from '../builder.ts';
import { AppAccess } from '../refs.ts';
import { Role } from '../role-type.ts';

export const Token = builder.objectRef<TokenInfo>('Token').implement({
  description:
    'Access to this API. The text of a token is shown only once, by `createToken`, and is not stored.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The public part of the token, which follows `toe_` in its text.' }),
    name: t.exposeString('name', {
      description: 'The name of the token, which is the actor of everything done with it.',
    }),
    kind: t.expose('kind', { type: TokenKind, description: 'How the token was created.' }),
    role: t.expose('role', { type: Role, description: 'What the token allows.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When the token was created.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When the token expires. Each use of a session postpones this. Null if it is valid until it is revoked.',
    }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description:
        'When the token was last used, to about a minute. An open stream counts as use. Null if it was never used.',
    }),
  }),
});

const TokenKind = builder.enumType('TokenKind', {
  description: 'How a token was created.',
  values: {
    TOKEN: { description: 'A person or program created it.' },
    SESSION: {
      description:
        'A browser got it from a one-time link. It ends when the token that created the link ends.',
    },
    RUN: { description: 'A run of an app got it, because the manifest requests it. It ends with the run.' },
  },
});

export const Viewer = builder.objectRef<Pick<Identity, 'name' | 'role'>>('Viewer').implement({
  description: 'The caller, as the server identifies it.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Your name, which is the actor of everything you do.' }),
    role: t.expose('role', { type: Role, description: 'What you may do.' }),
  }),
});

builder.objectType(AppAccess, {
  description: 'What an app may do with this API by its own token (`TOES_TOKEN`).',
  fields: (t) => ({
    requested: t.expose('requested', {
      type: Role,
      nullable: true,
      description: 'The role that the manifest requests (`toes.api`). Null if it requests none.',
    }),
    granted: t.expose('granted', {
      type: Role,
      nullable: true,
      description: 'The role that an ADMIN granted (`grantAppAccess`). Null if none.',
    }),
    allowed: t.expose('allowed', {
      type: Role,
      nullable: true,
      description:
        'The role that the app may have now: the one it requests, up to the greater of its grant and the setting TOEHOLD_APP_API. Null if none.',
    }),
    effective: t.expose('effective', {
      type: Role,
      nullable: true,
      description:
        'The role of the token of the current run. Null if there is no run, or if the run started without a token.',
    }),
  }),
});
