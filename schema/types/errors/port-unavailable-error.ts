import { builder } from '../../builder.ts';
import { ErrorInterface, errorRef } from '../../errors.ts';
import { PortHolder } from '../../refs.ts';

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
