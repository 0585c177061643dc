import { builder } from '../builder.ts';

export const PortState = builder.enumType('PortState', {
  description: 'Who listens on an app’s port now.',
  values: {
    RESERVED: { description: 'Nobody: it is held for an app that does not listen now.' },
    BOUND: { description: 'The app’s own run.' },
    CONFLICT: { description: 'Somebody else: see `holder`.' },
  },
});
