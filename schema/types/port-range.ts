import { builder } from '../builder.ts';
import { PortRange } from '../refs.ts';

builder.objectType(PortRange, {
  description: 'The ports that apps are given from.',
  fields: (t) => ({
    min: t.exposeInt('min', { description: 'The lowest port.' }),
    max: t.exposeInt('max', { description: 'The highest port, itself included.' }),
    assigned: t.exposeInt('assigned', { description: 'How many are held by apps.' }),
    free: t.exposeInt('free', { description: 'How many are left to give.' }),
  }),
});
