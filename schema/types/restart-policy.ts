import { builder } from '../builder.ts';

export const RestartPolicy = builder.enumType('RestartPolicy', {
  description:
    'After which ends that nobody asked for an app is started again: `toes.restart` of its manifest.',
  values: {
    ON_FAILURE: {
      description: 'After every end but exit 0 of its own accord. The default.',
    },
    ALWAYS: { description: 'After every end: for an app that serves, whose exit 0 is a fault, too.' },
    NEVER: { description: 'After none.' },
  },
});
