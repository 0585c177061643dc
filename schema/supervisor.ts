import type { SupervisorInfo } from '../src/contracts/supervisor.ts';
import { builder } from './builder.ts';

const Containment = builder.enumType('Containment', {
  description: 'How the control plane knows which processes belong to a run.',
  values: {
    CGROUP: { description: 'Each run has a cgroup (version 2) of its own. No process leaves it.' },
    DESCENT: {
      description:
        'By process group, `TOEHOLD_RUN_ID`, and descent. A process that leaves its group, clears its environment, and loses its parent at once is not found.',
    },
    PROCESS_GROUP: {
      description: 'By process group and descent alone: this system shows no environments.',
    },
  } as const,
});

const Supervisor = builder.objectRef<SupervisorInfo>('Supervisor').implement({
  description: 'The control plane itself.',
  fields: (t) => ({
    version: t.exposeString('version', { description: 'Its version.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it started.' }),
    appsDir: t.exposeString('appsDir', { description: 'The directory that it looks for apps in.' }),
    engine: t.exposeString('engine', { description: 'What runs the apps: the driver’s name.' }),
    containment: t.expose('containment', {
      type: Containment,
      description: 'How it knows which processes belong to a run.',
    }),
    pid: t.int({ description: 'Its process id.', resolve: () => process.pid }),
    memoryBytes: t.float({
      description: 'The resident memory of the control plane alone, without the apps.',
      resolve: () => process.memoryUsage.rss(),
    }),
  }),
});

builder.queryField('supervisor', (t) =>
  t.field({
    type: Supervisor,
    authScopes: { role: 'VIEWER' },
    description: 'The control plane itself.',
    resolve: (_root, _args, { supervisor }) => supervisor.info,
  }),
);
