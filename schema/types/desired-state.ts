import { builder } from '../builder.ts';

export const DesiredState = builder.enumType('DesiredState', {
  description: 'What is wanted of an app. It is kept over restarts of the control plane.',
  values: {
    RUNNING: {
      description:
        'It shall run: it is started at boot, and again after an end by itself, as its restart policy says.',
    },
    STOPPED: { description: 'Somebody stopped it: it stays so until somebody starts it.' },
  },
});
