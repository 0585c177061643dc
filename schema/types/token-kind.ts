import { builder } from '../builder.ts';

export const TokenKind = builder.enumType('TokenKind', {
  description: 'How a token came to be.',
  values: {
    TOKEN: { description: 'Somebody made it.' },
    SESSION: {
      description: 'A browser’s, by way of a one-time link. It ends with the token that made the link.',
    },
    RUN: { description: 'Given to a run of an app that asks for it. It ends with the run.' },
  },
});
