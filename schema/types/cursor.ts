import { GraphQLError } from 'graphql';
import { builder } from '../builder.ts';

builder.scalarType('Cursor', {
  description:
    'An opaque position in a list, a log or the event journal. Compare cursors for equality only, keep them as long as you like, and send them back unchanged.',
  serialize: (cursor) => cursor,
  parseValue(value) {
    if (typeof value !== 'string')
      throw new GraphQLError(`A cursor is a string that this server gave you; got ${typeof value}`);
    return value;
  },
});
