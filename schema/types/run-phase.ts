import { builder } from '../builder.ts';

export const RunPhase = builder.enumType('RunPhase', {
  description: 'How far a run is.',
  values: {
    INSTALLING: { description: 'The app’s dependencies are being installed.' },
    BOOTING: { description: 'The script was spawned, and does not yet listen on its port.' },
    READY: { description: 'It listens on its port.' },
    ENDING: { description: 'It was asked to end, or its script has ended; processes are left.' },
    ENDED: { description: 'Its last process is gone.' },
  },
});
