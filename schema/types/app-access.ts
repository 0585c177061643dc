import { builder } from '../builder.ts';
import { AppAccess } from '../refs.ts';
import { Role } from './role.ts';

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
