import { builder } from '../builder.ts';
import { LOG_PAGE, logConnection, logWeight } from '../logs/queries.ts';
import { LogEntryConnection, LogFilter } from '../logs/type.ts';
import { encodeGlobalId } from '../node.ts';
import { App, ProcessExit, Run } from '../refs.ts';
import { appRemoved } from '../request-errors.ts';
import { RunCause } from './run-cause.ts';
import { RunPhase } from './run-phase.ts';

builder.objectType(Run, {
  description: 'One life of an app: from the decision to start it to the last of its processes.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({ description: 'Its id: the same for ever.', resolve: ({ id }) => encodeGlobalId('Run', id) }),
    app: t.field({
      type: App,
      description: 'The app that it is a run of.',
      resolve: (run, _args, context) => {
        const app = context.supervisor.appById(run.app);
        if (!app) throw appRemoved();
        return app;
      },
    }),
    phase: t.expose('phase', { type: RunPhase, description: 'How far it is.' }),
    cause: t.expose('cause', { type: RunCause, description: 'Why it was begun.' }),
    actor: t.exposeString('actor', { description: 'Who asked: a token’s name, or `supervisor`.' }),
    release: t.exposeString('release', {
      nullable: true,
      description: 'The name of the release that it runs. Null for a plain directory.',
    }),
    port: t.exposeInt('port', {
      nullable: true,
      description: 'Its port. Null for an app that serves nothing.',
    }),
    pid: t.exposeInt('pid', {
      nullable: true,
      description: 'The process id of the app’s own script. Null before it is spawned and after the end.',
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it was decided to start it.' }),
    readyAt: t.expose('readyAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it first listened on its port. Null as long as it has not.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its last process was gone. Null while it goes on.',
    }),
    exit: t.expose('exit', {
      type: ProcessExit,
      nullable: true,
      description: 'How it ended. Null while it goes on.',
    }),
    recoveries: t.exposeInt('recoveries', {
      description: 'How often a new control plane took this run over from one that was gone.',
    }),
    logs: t.field({
      type: LogEntryConnection,
      description: `Its lines, oldest first: \`last: 100\` is the end. ${LOG_PAGE}`,
      args: {
        ...t.arg.connectionArgs(),
        filter: t.arg({ type: LogFilter, description: 'Which lines are wanted. Left out: all.' }),
      },
      complexity: logWeight,
      resolve: (run, args, context, info) =>
        logConnection(context, { apps: [run.app], run: run.id }, args, info),
    }),
  }),
});
