import { builder } from '../builder.ts';

export const AppRef = builder.inputType('AppRef', {
  description: 'One app, by its stable id or by its present name. Give exactly one of the two.',
  isOneOf: true,
  fields: (t) => ({
    id: t.id({ description: 'The app’s id, as `App.id` tells it: it holds through renames.' }),
    name: t.string({ description: 'The app’s name at this moment.' }),
  }),
});
