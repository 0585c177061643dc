import { builder } from '../builder.ts';
import { LOG_PAGE, logConnection, logWeight } from '../logs/queries.ts';
import { LogEntryConnection, LogFilter } from '../logs/type.ts';
import { encodeGlobalId } from '../node.ts';
import { App, ProcessExit, Run } from '../refs.ts';
import { appRemoved } from '../request-errors.ts';

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

const RunPhase = builder.enumType('RunPhase', {
  description: 'How far a run is.',
  values: {
    INSTALLING: { description: 'The app’s dependencies are being installed.' },
    BOOTING: { description: 'The script was spawned, and does not yet listen on its port.' },
    READY: { description: 'It listens on its port.' },
    ENDING: { description: 'It was asked to end, or its script has ended; processes are left.' },
    ENDED: { description: 'Its last process is gone.' },
  },
});

const RunCause = builder.enumType('RunCause', {
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

builder.objectType(ProcessExit, {
  description: 'How a run ended.',
  fields: (t) => ({
    code: t.exposeInt('code', {
      nullable: true,
      description: 'The exit status; 128+n for a signal, as a shell says it. Null where nobody could know.',
    }),
    signal: t.exposeString('signal', {
      nullable: true,
      description:
        'The signal’s name for 128+n; the one that was sent, where the supervisor killed it. Else null.',
    }),
    reason: t.expose('reason', { type: ExitReason, description: 'What brought the end about.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it ended.' }),
  }),
});

const ExitReason = builder.enumType('ExitReason', {
  description: 'What brought a run’s end about.',
  values: {
    EXITED: { description: 'It ended of its own accord, well or with an error.' },
    STOPPED: { description: 'It was asked to end, and did so within the grace.' },
    KILLED: { description: 'It was asked to end, did not within the grace, and was killed.' },
    INSTALL_FAILED: { description: 'Its dependencies could not be installed; the script was not run.' },
    SPAWN_FAILED: { description: 'The script could not be started at all.' },
    STARTUP_TIMEOUT: { description: 'It did not listen on its port in time, and was ended.' },
    UNHEALTHY: { description: 'It failed too many health checks in a row, and was ended.' },
    LOST: { description: 'It ended while no control plane was looking, and left no status.' },
  },
});
