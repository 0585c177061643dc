import type { SupervisorInfo } from '../src/contracts/supervisor.ts';
import { builder } from './builder.ts';

const Containment = builder.enumType('Containment', {
  description: 'How the control plane determines which processes belong to a run.',
  values: {
    CGROUP: { description: 'Each run has its own cgroup (version 2). No process can leave it.' },
    DESCENT: {
      description:
        'By process group, `TOEHOLD_RUN_ID` and descent. A process that leaves its group, clears its environment and loses its parent, all at the same time, is not found.',
    },
    PROCESS_GROUP: {
      description:
        'Only by process group and descent: this system does not show the environment of processes.',
    },
  } as const,
});

const Supervisor = builder.objectRef<SupervisorInfo>('Supervisor').implement({
  description: 'The control plane.',
  fields: (t) => ({
    version: t.exposeString('version', { description: 'The version of Toehold.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When the control plane started.' }),
    appsDir: t.exposeString('appsDir', { description: 'The directory with the apps.' }),
    engine: t.exposeString('engine', { description: 'The name of the driver that runs the apps.' }),
    containment: t.expose('containment', {
      type: Containment,
      description: 'How it determines which processes belong to a run.',
    }),
    pid: t.int({ description: 'The process id of the control plane.', resolve: () => process.pid }),
    memoryBytes: t.float({
      description: 'The resident memory of the control plane in bytes, without the apps.',
      resolve: () => process.memoryUsage.rss(),
    }),
  }),
});

builder.queryField('supervisor', (t) =>
  t.field({
    type: Supervisor,
    authScopes: { role: 'VIEWER' },
    description: 'The control plane.',
    resolve: (_root, _args, { supervisor }) => supervisor.info,
  }),
);
