import { builder } from '../builder.ts';
import { ResourceUsage } from '../refs.ts';

builder.objectType(ResourceUsage, {
  description: 'What all processes of a run use together.',
  fields: (t) => ({
    cpuPercent: t.exposeFloat('cpuPercent', {
      description: 'Processor time over the last second or so; 100 is one core.',
    }),
    memoryBytes: t.exposeFloat('memoryBytes', {
      description: 'Resident memory, summed up over the processes.',
    }),
    processes: t.exposeInt('processes', { description: 'How many processes are alive.' }),
  }),
});
