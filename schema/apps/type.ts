import { join } from 'node:path';
import type { UsageView } from '../../src/contracts/supervisor.ts';
import { accessWarning } from '../../src/core/app-access.ts';
import { releaseNamed } from '../../src/core/release.ts';
import { builder } from '../builder.ts';
import { LOG_PAGE, logConnection, logWeight } from '../logs/queries.ts';
import { LogEntryConnection, LogFilter } from '../logs/type.ts';
import { encodeGlobalId } from '../node.ts';
import { App, AppAccess, AppManifest, PortAssignment, Release, Run, ScheduledRestart } from '../refs.ts';
import { listWeight, pageWeight } from '../relay.ts';
import { RUN_WORK, RunConnection, runConnection } from '../runs/connection.ts';
import { AppState, DesiredState, Health, RestartPolicy } from './states.ts';
import { appUrl } from './url.ts';

builder.objectType(App, {
  description: 'A small web app: a directory in the apps directory, with a manifest that says how to run it.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: 'The id of the app. It never changes, not even when the app is renamed.',
      resolve: ({ id }) => encodeGlobalId('App', id),
    }),
    name: t.exposeString('name', {
      description:
        'The name of the app, which is the name of its directory. It is unique, and a rename changes it.',
    }),
    icon: t.exposeString('icon', { description: 'The icon of the app, usually one emoji.' }),
    tool: t.exposeString('tool', {
      nullable: true,
      description:
        'If the app is a tool: its label, or the name of the app if the manifest only says `true`. Null otherwise.',
    }),
    directory: t.string({
      description:
        'The absolute path of the directory of the app. `current` in it is the directory that the script runs in.',
      resolve: ({ name }, _args, { supervisor }) => join(supervisor.info.appsDir, name),
    }),
    script: t.string({
      nullable: true,
      description:
        'The command that runs the app: `scripts.toes` of its `package.json`, a line for `sh -c`. If the app is INVALID, the last valid one. Null if there never was one.',
      resolve: ({ manifest }) => manifest?.script ?? null,
    }),
    manifest: t.expose('manifest', {
      type: AppManifest,
      nullable: true,
      description:
        'What the control plane read from the `package.json` of the app. If the app is INVALID, the last valid one. Null if there never was one.',
    }),
    state: t.expose('state', { type: AppState, description: 'The current state of the app.' }),
    desiredState: t.expose('desiredState', {
      type: DesiredState,
      description: 'Whether the app should run.',
    }),
    error: t.exposeString('error', {
      nullable: true,
      description:
        'Why the app is INVALID, why its last start failed, or that it ended by itself and with which exit code. Null if there is no error.',
    }),
    warnings: t.stringList({
      description:
        'Fields of the manifest that were ignored, with the reason; a role that the manifest requests and the app does not have; a response to the health check that is neither healthy nor unhealthy.',
      resolve: (app, _args, { supervisor }) => {
        const access = accessWarning(app.name, supervisor.access(app));
        return access === null ? [...app.warnings] : [...app.warnings, access];
      },
    }),
    access: t.field({
      type: AppAccess,
      description: 'What the app may do with this API.',
      resolve: (app, _args, { supervisor }) => supervisor.access(app),
    }),
    health: t.expose('health', { type: Health, description: 'The result of the last health check.' }),
    port: t.field({
      type: PortAssignment,
      nullable: true,
      description:
        'The port that the app holds, running or not. Null until it first needs one, and for an app without a server.',
      resolve: (app, _args, context) => context.supervisor.portOf(app.id),
    }),
    url: t.string({
      nullable: true,
      description:
        'The URL at which a person opens the app: the host of your request, or the only address at which the app listens, with the port of the app. Null unless RUNNING, and for an app without a server.',
      resolve: (app, _args, context) =>
        app.state === 'RUNNING' && app.run?.port
          ? appUrl(context.requestHost, app.run.port, app.address)
          : null,
    }),
    run: t.expose('run', {
      type: Run,
      nullable: true,
      description: 'The current run. Null if there is none.',
    }),
    runs: t.field({
      type: RunConnection,
      description:
        'The runs that are kept, newest first. Without `first` and `last`, returns the newest 100.',
      args: t.arg.connectionArgs(),
      complexity: (args) => pageWeight(args, RUN_WORK),
      resolve: (app, args, context) => runConnection(context, app.id, args),
    }),
    restart: t.expose('restart', {
      type: ScheduledRestart,
      nullable: true,
      description: 'The next restart, in BACKOFF. Null in other states.',
    }),
    restartPolicy: t.expose('restartPolicy', {
      type: RestartPolicy,
      description: 'After which unrequested ends of a run the app is restarted.',
    }),
    release: t.field({
      type: Release,
      nullable: true,
      description: 'The release that `current` points to. Null if the app has no releases.',
      resolve: (app) => releaseNamed(app.release, true),
    }),
    releases: t.field({
      type: [Release],
      description: 'All releases of the app, newest first. Empty if it has none.',
      complexity: listWeight(10, 20),
      resolve: async (app, _args, context) => [...(await context.supervisor.releases(app.id))],
    }),
    logs: t.field({
      type: LogEntryConnection,
      description: `The log lines of all runs of the app, oldest first: \`last: 100\` is the end of the log. ${LOG_PAGE}`,
      args: {
        ...t.arg.connectionArgs(),
        filter: t.arg({ type: LogFilter, description: 'Which lines to return. If left out, all lines.' }),
      },
      complexity: logWeight,
      resolve: (app, args, context, info) => logConnection(context, { apps: [app.id] }, args, info),
    }),
    usage: t.field({
      type: ResourceUsage,
      nullable: true,
      description: 'What all processes of the run use now. Null if the app is not running.',
      complexity: 10,
      resolve: (app, _args, context) => context.supervisor.usage(app.id),
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      description: 'When the control plane first found the app.',
    }),
    revision: t.exposeInt('revision', {
      description: 'Increases with every change of the app that a client can see.',
    }),
  }),
});

builder.objectType(ScheduledRestart, {
  description: 'A restart that is scheduled because a run ended without being asked to.',
  fields: (t) => ({
    attempt: t.exposeInt('attempt', {
      description: 'The number of this restart in a row, beginning with 1.',
    }),
    at: t.expose('at', { type: 'DateTime', description: 'When the app will be restarted.' }),
  }),
});

const ResourceUsage = builder.objectRef<UsageView>('ResourceUsage').implement({
  description: 'What all processes of a run use together.',
  fields: (t) => ({
    cpuPercent: t.exposeFloat('cpuPercent', {
      description: 'Processor time over about the last second, in percent. 100 is one core.',
    }),
    cpuSeconds: t.exposeFloat('cpuSeconds', {
      description: 'Processor time since the run began, in seconds.',
    }),
    memoryBytes: t.exposeFloat('memoryBytes', {
      description: 'The sum of the resident memory of the processes, in bytes.',
    }),
    processes: t.exposeInt('processes', { description: 'How many processes are alive.' }),
  }),
});
