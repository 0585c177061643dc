import { releaseNamed } from '../../src/core/release.ts';
import { builder } from '../builder.ts';
import { LOG_PAGE, logConnection, logWeight } from '../logs/queries.ts';
import { LogEntryConnection, LogFilter } from '../logs/type.ts';
import { encodeGlobalId } from '../node.ts';
import { App, ProcessExit, Release, Run } from '../refs.ts';
import { appRemoved } from '../request-errors.ts';

builder.objectType(Run, {
  description: 'One execution of an app, from the decision to start it to the end of its last process.',
  interfaces: [builder.nodeInterfaceRef()],
  fields: (t) => ({
    id: t.id({
      description: 'The id of the run. It never changes.',
      resolve: ({ id }) => encodeGlobalId('Run', id),
    }),
    app: t.field({
      type: App,
      description: 'The app that the run belongs to.',
      resolve: (run, _args, context) => {
        const app = context.supervisor.appById(run.app);
        if (!app) throw appRemoved();
        return app;
      },
    }),
    phase: t.expose('phase', { type: RunPhase, description: 'The phase that the run is in.' }),
    cause: t.expose('cause', { type: RunCause, description: 'Why the run was started.' }),
    actor: t.exposeString('actor', {
      description: 'Who started the run: the name of a token, or `supervisor`.',
    }),
    release: t.field({
      type: Release,
      nullable: true,
      description:
        'The release that it runs or ran, also if its directory no longer exists. Null if `current` was a plain directory.',
      resolve: ({ app, release }, _args, { supervisor }) =>
        releaseNamed(release, release !== null && supervisor.appById(app)?.release === release),
    }),
    port: t.exposeInt('port', {
      nullable: true,
      description: 'The port of the run. Null if the app has no server.',
    }),
    pid: t.exposeInt('pid', {
      nullable: true,
      description:
        'The process id of the app’s script. Null before the script is spawned and after the run has ended.',
    }),
    startedAt: t.expose('startedAt', {
      type: 'DateTime',
      description: 'When the decision to start the run was made.',
    }),
    readyAt: t.expose('readyAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the app first listened on its port. Null until then.',
    }),
    endedAt: t.expose('endedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its last process ended. Null while the run is alive.',
    }),
    exit: t.expose('exit', {
      type: ProcessExit,
      nullable: true,
      description: 'How the run ended. Null while it is alive.',
    }),
    recoveries: t.exposeInt('recoveries', {
      description: 'How many times a new control plane took over this run.',
    }),
    logs: t.field({
      type: LogEntryConnection,
      description: `The log lines of the run, oldest first: \`last: 100\` is the end. ${LOG_PAGE}`,
      args: {
        ...t.arg.connectionArgs(),
        filter: t.arg({ type: LogFilter, description: 'Which lines to return. If left out, all lines.' }),
      },
      complexity: logWeight,
      resolve: (run, args, context, info) =>
        logConnection(context, { apps: [run.app], run: run.id }, args, info),
    }),
  }),
});

const RunPhase = builder.enumType('RunPhase', {
  description: 'The phase of a run.',
  values: {
    INSTALLING: {
      description:
        'The dependencies of the app are being installed, or wait for another installation in the same directory. A run that installs nothing skips this phase.',
    },
    BOOTING: {
      description:
        'The run was started, and the app does not listen on its port yet. `pid` is null until the script runs.',
    },
    READY: { description: 'The app listens on its port.' },
    ENDING: {
      description: 'The run was asked to end, or its script has ended. Some processes are still alive.',
    },
    ENDED: { description: 'The last process has ended.' },
  },
});

const RunCause = builder.enumType('RunCause', {
  description: 'Why a run was started.',
  values: {
    BOOT: { description: 'The control plane started.' },
    COMMAND: { description: 'A client asked for it.' },
    CRASH: { description: 'The previous run ended without being asked to, or did not become ready.' },
    HEALTH: { description: 'The previous run failed its health checks.' },
    MANIFEST: { description: 'The app was found, or its manifest became valid.' },
    RELEASE: { description: 'Another release was activated.' },
    RENAME: { description: 'The app was renamed while it was running.' },
  },
});

builder.objectType(ProcessExit, {
  description: 'How a run ended.',
  fields: (t) => ({
    code: t.exposeInt('code', {
      nullable: true,
      description: 'The exit status, or 128+n for a signal n, as in a shell. Null if it is not known.',
    }),
    signal: t.exposeString('signal', {
      nullable: true,
      description:
        'The name of the signal n for a status of 128+n, or of the signal that the supervisor sent. Null otherwise.',
    }),
    reason: t.expose('reason', { type: ExitReason, description: 'Why it ended.' }),
    at: t.expose('at', { type: 'DateTime', description: 'When it ended.' }),
  }),
});

const ExitReason = builder.enumType('ExitReason', {
  description: 'Why a run ended.',
  values: {
    EXITED: { description: 'The script exited by itself, successfully or with an error.' },
    STOPPED: { description: 'The run was asked to end and did so within the grace period.' },
    KILLED: {
      description: 'The run was asked to end, did not do so within the grace period, and was killed.',
    },
    INSTALL_FAILED: { description: 'The dependencies could not be installed. The script was not started.' },
    SPAWN_FAILED: { description: 'The script could not be started.' },
    STARTUP_TIMEOUT: { description: 'The app did not listen on its port in time, and was ended.' },
    UNHEALTHY: { description: 'The app failed too many health checks in a row, and was ended.' },
    LOST: {
      description: 'The run ended while the control plane was down, and its exit status is not known.',
    },
  },
});
