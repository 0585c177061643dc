import { builder } from '../builder.ts';
import { Release } from '../refs.ts';

builder.objectType(Release, {
  description: 'A version of an app, in a directory of its own that `current` may point to.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'The directory’s name: the time of the release, YYYYMMDD-HHMMSS.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'The time that the name tells, taken as UTC.',
    }),
    current: t.exposeBoolean('current', { description: 'Whether `current` points to it.' }),
  }),
});
