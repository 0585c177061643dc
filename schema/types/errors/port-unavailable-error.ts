import { builder } from '../../builder.ts';
import { PortHolder } from '../../refs.ts';
import { ErrorInterface, errorRef } from './error.ts';

export const PortUnavailableError = errorRef('PortUnavailableError');

builder.objectType(PortUnavailableError, {
  description: 'The port is held by somebody else, or no port of the range is free.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    holder: t.expose('holder', {
      type: PortHolder,
      nullable: true,
      description: 'Who holds it, as far as the system tells. Null where nobody does.',
    }),
  }),
});
