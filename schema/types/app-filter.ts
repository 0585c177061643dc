import { builder } from '../builder.ts';
import { AppState } from './app-state.ts';

export const AppFilter = builder.inputType('AppFilter', {
  description: 'Which apps are wanted: those that all the given conditions hold for.',
  fields: (t) => ({
    states: t.field({ type: [AppState], description: 'Only apps in one of these states.' }),
    tool: t.boolean({ description: 'True: only tools. False: only apps that are none.' }),
    nameContains: t.string({ description: 'Only apps with this text in their name.' }),
  }),
});
