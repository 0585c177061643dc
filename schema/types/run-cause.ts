import { builder } from '../builder.ts';

export const RunCause = builder.enumType('RunCause', {
  description: 'Why a run was begun.',
  values: {
    BOOT: { description: 'The control plane started.' },
    COMMAND: { description: 'Somebody asked for it.' },
    CRASH: { description: 'The run before ended without being asked to, or did not become ready.' },
    HEALTH: { description: 'The run before failed its health checks.' },
    MANIFEST: { description: 'The app was found, or its manifest became valid.' },
    RELEASE: { description: 'Another release became the current one.' },
    RENAME: { description: 'The app was renamed while it ran.' },
  },
});
