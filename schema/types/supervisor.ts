import { builder } from '../builder.ts';
import { Supervisor } from '../refs.ts';

builder.objectType(Supervisor, {
  description: 'The control plane itself.',
  fields: (t) => ({
    version: t.exposeString('version', { description: 'Its version.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it started.' }),
    appsDir: t.exposeString('appsDir', { description: 'The directory that it looks for apps in.' }),
    engine: t.exposeString('engine', { description: 'What runs the apps: the driver’s name.' }),
    pid: t.int({ description: 'Its process id.', resolve: () => process.pid }),
    memoryBytes: t.float({
      description: 'The resident memory of the control plane alone, without the apps.',
      resolve: () => process.memoryUsage.rss(),
    }),
  }),
});
