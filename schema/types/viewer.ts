import { builder } from '../builder.ts';
import { Viewer } from '../refs.ts';
import { Role } from './role.ts';

builder.objectType(Viewer, {
  description: 'Who asks: you, as the server sees you.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The name that stands as the actor of what you do.' }),
    role: t.expose('role', { type: Role, description: 'What you may do.' }),
  }),
});
