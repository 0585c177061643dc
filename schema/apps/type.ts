import type { UsageView } from '../../src/contracts/supervisor.ts';
import { accessWarning } from '../../src/core/app-access.ts';
import { releaseTime } from '../../src/core/release.ts';
import { builder } from '../builder.ts';
import { LOG_PAGE, logConnection, logWeight } from '../logs/queries.ts';
import { LogEntryConnection, LogFilter } from '../logs/type.ts';
import { encodeGlobalId } from '../node.ts';
import { App, AppAccess, PortAssignment, Release, Run, ScheduledRestart } from '../refs.ts';
import { listWeight, pageWeight } from '../relay.ts';
import { RUN_WORK, RunConnection, runConnection } from '../runs/connection.ts';
import { AppState, DesiredState, Health, RestartPolicy } from './states.ts';
import { appUrl } from './url.ts';

builder.objectType(App, {
  description: 'A small web app: a folder in the apps directory with a manifest that says how to run it.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: 'Its id: the same for ever, also when the app is renamed.',
      resolve: ({ id }) => encodeGlobalId('App', id),
    }),
    name: t.exposeString('name', {
      description: 'Its name, which is its folder’s: unique, but a rename changes it.',
    }),
    icon: t.exposeString('icon', { description: 'Its icon, most often one emoji.' }),
    tool: t.exposeString('tool', {
      nullable: true,
      description:
        'Set where the app is a tool: its label, or the app’s name where the manifest says just `true`.',
    }),
    state: t.expose('state', { type: AppState, description: 'Where it is in its life now.' }),
    desiredState: t.expose('desiredState', { type: DesiredState, description: 'What is wanted of it.' }),
    error: t.exposeString('error', {
      nullable: true,
      description:
        'Why the app is INVALID, why its last start failed, or that it ended by itself and with which code. Null when all is well.',
    }),
    warnings: t.stringList({
      description:
        'Things in the manifest that were ignored, each with the reason; a role that it asks for and does not get; an answer to the health check that nobody can judge.',
      resolve: (app, _args, { supervisor }) => {
        const access = accessWarning(app.name, supervisor.access(app));
        return access === null ? [...app.warnings] : [...app.warnings, access];
      },
    }),
    access: t.field({
      type: AppAccess,
      description: 'What it may do with this API.',
      resolve: (app, _args, { supervisor }) => supervisor.access(app),
    }),
    health: t.expose('health', { type: Health, description: 'What the last health check found.' }),
    port: t.field({
      type: PortAssignment,
      nullable: true,
      description:
        'The port the app holds, running or not. Null until it first needs one, and for an app that serves nothing.',
      resolve: (app, _args, context) => context.ports.of(app.id),
    }),
    url: t.string({
      nullable: true,
      description:
        'Where a person opens the app: the host you asked by, or the address at which alone the app listens, and the app’s port. Null unless RUNNING, and for an app that serves nothing.',
      resolve: (app, _args, context) =>
        app.state === 'RUNNING' && app.run?.port
          ? appUrl(context.requestHost, app.run.port, app.address)
          : null,
    }),
    run: t.expose('run', {
      type: Run,
      nullable: true,
      description: 'The run that is going on. Null when none is.',
    }),
    runs: t.field({
      type: RunConnection,
      description: 'The runs kept, newest first. Without `first` and `last`: the newest 100.',
      args: t.arg.connectionArgs(),
      complexity: (args) => pageWeight(args, RUN_WORK),
      resolve: (app, args, context) => runConnection(context, app.id, args),
    }),
    restart: t.expose('restart', {
      type: ScheduledRestart,
      nullable: true,
      description: 'The restart that is due, in BACKOFF.',
    }),
    restartPolicy: t.expose('restartPolicy', {
      type: RestartPolicy,
      description: 'After which ends that nobody asked for it is started again.',
    }),
    release: t.field({
      type: Release,
      nullable: true,
      description: 'The release that `current` points to. Null for a plain directory.',
      resolve: (app) => {
        const createdAt = app.release === null ? null : releaseTime(app.release);
        return app.release === null || createdAt === null
          ? null
          : { name: app.release, createdAt, current: true };
      },
    }),
    releases: t.field({
      type: [Release],
      description: 'All its releases, newest first. Empty for a plain directory.',
      complexity: listWeight(10, 20),
      resolve: async (app, _args, context) => [...(await context.supervisor.releases(app.id))],
    }),
    logs: t.field({
      type: LogEntryConnection,
      description: `Its lines over all its runs, oldest first: \`last: 100\` is the end of the log. ${LOG_PAGE}`,
      args: {
        ...t.arg.connectionArgs(),
        filter: t.arg({ type: LogFilter, description: 'Which lines are wanted. Left out: all.' }),
      },
      complexity: logWeight,
      resolve: (app, args, context, info) => logConnection(context, { apps: [app.id] }, args, info),
    }),
    usage: t.field({
      type: ResourceUsage,
      nullable: true,
      description: 'What its processes use now, all of the run’s tree. Null when nothing runs.',
      complexity: 10,
      resolve: (app, _args, context) => context.supervisor.usage(app.id),
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the control plane first found it.',
    }),
    revision: t.exposeInt('revision', {
      description: 'Grows with every change of this app that a client can see.',
    }),
  }),
});

builder.objectType(ScheduledRestart, {
  description: 'A restart that is due after a run ended without being asked to.',
  fields: (t) => ({
    attempt: t.exposeInt('attempt', { description: 'Which restart in a row it is: 1 for the first.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it is due.' }),
  }),
});

const ResourceUsage = builder.objectRef<UsageView>('ResourceUsage').implement({
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
