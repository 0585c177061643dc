import type { ObjectFieldsShape } from '@pothos/core';
import type {
  AppFact,
  AppChange as Change,
  AppField as Field,
  JournalEvent,
  SupervisorFact,
} from '../../src/core/events.ts';
import { AppState } from '../apps/states.ts';
import { type BuilderTypes, builder } from '../builder.ts';
import { AppEvent, Event, PortHolder, ProcessExit, Run, ScheduledRestart } from '../refs.ts';
import { listWeight } from '../relay.ts';

type Fact = AppFact | SupervisorFact;

/** A row of the journal with one kind of fact. */
type EventOf<T extends Fact['type']> = JournalEvent & {
  readonly fact: Extract<Fact, { readonly type: T }>;
};

type FieldsOf<T extends Fact['type']> = ObjectFieldsShape<BuilderTypes, EventOf<T>>;

/** The object type of an event about one app: `PortAssignedEvent` for the fact `PortAssigned`. */
function appEvent<T extends AppFact['type']>(type: T, description: string, fields?: FieldsOf<T>): void {
  const ref = builder.objectRef<EventOf<T>>(`${type}Event`);
  builder.objectType(ref, { description, interfaces: [AppEvent, Event] }, fields);
}

/** The object type of an event about the control plane itself. */
function supervisorEvent<T extends SupervisorFact['type']>(
  type: T,
  description: string,
  fields?: FieldsOf<T>,
): void {
  const ref = builder.objectRef<EventOf<T>>(`${type}Event`);
  builder.objectType(ref, { description, interfaces: [Event] }, fields);
}

appEvent('AppAdded', 'An app was found.');

appEvent('AppRemoved', 'An app is no longer listed: it was removed, or its directory no longer exists.');

appEvent('AppRenamed', 'An app was renamed. Its id, port, runs and logs are unchanged.', (t) => ({
  previousName: t.string({ description: 'The previous name.', resolve: ({ fact }) => fact.previousName }),
}));

appEvent('AppUpdated', 'Something of an app changed that has no event of its own.', (t) => ({
  changes: t.field({
    type: [AppChange],
    description: 'The fields that changed.',
    complexity: listWeight(3),
    resolve: ({ fact }) => [...fact.changes],
  }),
}));

const AppField = builder.enumType('AppField', {
  description: 'What an AppUpdatedEvent can report.',
  values: {
    ICON: { description: '`App.icon`.' },
    TOOL: { description: '`App.tool`.' },
    ERROR: { description: '`App.error`.' },
    WARNINGS: { description: '`App.warnings`, one on each line.' },
    HEALTH: { description: '`App.health`.' },
    RELEASE: { description: '`App.release`: the name of the release.' },
    DESIRED_STATE: { description: '`App.desiredState`.' },
    RESTART_POLICY: { description: '`App.restartPolicy`.' },
    REQUESTED_ROLE: { description: '`App.access.requested`: the role that the manifest requests.' },
    GRANTED_ROLE: { description: '`App.access.granted`: the role that an ADMIN granted.' },
    SCRIPT: { description: '`App.script`.' },
    MANIFEST: {
      description:
        'Other settings in `App.manifest`. Each value is a JSON object with the settings that changed.',
    },
  } as const satisfies Readonly<Record<Field, { readonly description: string }>>,
});

const AppChange = builder.objectRef<Change>('AppChange').implement({
  description:
    'One field of an app that changed. A value of more than 1,000 characters is cut. Both values are null if an earlier version of Toehold recorded the event.',
  fields: (t) => ({
    field: t.expose('field', { type: AppField, description: 'Which field changed.' }),
    before: t.exposeString('before', {
      nullable: true,
      description: 'The previous value as text. Null if there was none.',
    }),
    after: t.exposeString('after', {
      nullable: true,
      description: 'The new value as text. Null if there is none.',
    }),
  }),
});

appEvent('AppStateChanged', 'The state of an app changed.', (t) => ({
  from: t.field({ type: AppState, description: 'The previous state.', resolve: ({ fact }) => fact.from }),
  to: t.field({ type: AppState, description: 'The new state.', resolve: ({ fact }) => fact.to }),
  run: t.field({
    type: Run,
    nullable: true,
    description: 'The run that changed state. Null if there is none, or if it is no longer kept.',
    resolve: ({ fact }, _args, { supervisor }) => (fact.run === null ? null : supervisor.run(fact.run)),
  }),
}));

appEvent('RunEnded', 'The last process of a run ended.', (t) => ({
  run: t.field({
    type: Run,
    nullable: true,
    description: 'The run. Null if it is no longer kept.',
    resolve: ({ fact }, _args, { supervisor }) => supervisor.run(fact.run),
  }),
  exit: t.field({ type: ProcessExit, description: 'How the run ended.', resolve: ({ fact }) => fact.exit }),
}));

appEvent('RestartScheduled', 'A run ended without being asked to, and a restart is scheduled.', (t) => ({
  restart: t.field({
    type: ScheduledRestart,
    description: 'The scheduled restart.',
    resolve: ({ fact }) => fact.restart,
  }),
}));

appEvent(
  'ActivationFailed',
  'An activated release did not become ready, so the app was returned to its previous release.',
  (t) => ({
    release: t.string({
      description: 'The name of the release that did not become ready.',
      resolve: ({ fact }) => fact.release,
    }),
    previousRelease: t.string({
      description: 'The name of the release that the app was returned to.',
      resolve: ({ fact }) => fact.previousRelease,
    }),
    message: t.string({
      description: 'Why the release did not become ready, for people.',
      resolve: ({ fact }) => fact.message,
    }),
  }),
);

appEvent('PortAssigned', 'An app was assigned a port.', (t) => ({
  port: t.int({ description: 'The port.', resolve: ({ fact }) => fact.port }),
  previousPort: t.int({
    nullable: true,
    description: 'The previous port of the app. Null if this is its first.',
    resolve: ({ fact }) => fact.previousPort,
  }),
}));

appEvent('PortReleased', 'The port of an app was released.', (t) => ({
  port: t.int({ description: 'The port.', resolve: ({ fact }) => fact.port }),
}));

appEvent('PortConflict', 'Another process listens on the port of an app.', (t) => ({
  port: t.int({ description: 'The port.', resolve: ({ fact }) => fact.port }),
  holder: t.field({
    type: PortHolder,
    nullable: true,
    description: 'The process that listens on it. Null if the system does not tell.',
    resolve: ({ fact }) => fact.holder,
  }),
}));

supervisorEvent(
  'SupervisorStarted',
  'The control plane started and took over the runs that were still alive.',
  (t) => ({
    recoveredRuns: t.int({
      description: 'How many runs were found alive and continue.',
      resolve: ({ fact }) => fact.recoveredRuns,
    }),
    lostRuns: t.int({
      description: 'How many runs ended while the control plane was down, without an exit status.',
      resolve: ({ fact }) => fact.lostRuns,
    }),
  }),
);

supervisorEvent('SupervisorStopping', 'The control plane was asked to stop.', (t) => ({
  detached: t.boolean({
    description: 'True if the apps continue to run without it.',
    resolve: ({ fact }) => fact.detached,
  }),
}));

supervisorEvent(
  'DiskLow',
  'The disk is nearly full: the oldest lines of all logs are being removed.',
  (t) => ({
    freeBytes: t.float({
      description: 'The free space on the disk of the logs at that time, in bytes.',
      resolve: ({ fact }) => fact.freeBytes,
    }),
  }),
);

supervisorEvent('DiskRecovered', 'The disk was nearly full and has enough free space again.');
