import { builder } from '../builder.ts';
import { PortHolder } from '../refs.ts';

builder.objectType(PortHolder, {
  description: 'The process that listens on a port.',
  fields: (t) => ({
    pid: t.exposeInt('pid', {
      nullable: true,
      description: 'Its process id. Null where the system does not tell.',
    }),
    command: t.exposeString('command', {
      nullable: true,
      description: 'Its command line. Null where the system does not tell.',
    }),
  }),
});
