import type { ObjectFieldsShape } from '@pothos/core';
import type { AppFact, JournalEvent, SupervisorFact } from '../../src/core/events.ts';
import { AppState } from '../apps/states.ts';
import { type BuilderTypes, builder } from '../builder.ts';
import { AppEvent, Event, PortHolder, ProcessExit, Run, ScheduledRestart } from '../refs.ts';

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

appEvent('AppRemoved', 'An app is no longer listed: it was removed, or its directory is gone.');

appEvent('AppRenamed', 'An app has another name; its id, port, runs and logs are the same.', (t) => ({
  previousName: t.string({ description: 'The name before.', resolve: ({ fact }) => fact.previousName }),
}));

appEvent(
  'AppUpdated',
  'Something about an app changed that has no event of its own: icon, tool, error, warnings, health, release, desired state, restart policy or access.',
  (t) => ({
    fields: t.stringList({
      description: 'The names of the fields of `App` that changed.',
      resolve: ({ fact }) => [...fact.fields],
    }),
  }),
);

appEvent('AppStateChanged', 'An app went from one state to another.', (t) => ({
  from: t.field({ type: AppState, description: 'The state before.', resolve: ({ fact }) => fact.from }),
  to: t.field({ type: AppState, description: 'The state since.', resolve: ({ fact }) => fact.to }),
  run: t.field({
    type: Run,
    nullable: true,
    description: 'The run that it is about. Null where there is none, and once it is no longer kept.',
    resolve: ({ fact }, _args, { supervisor }) => (fact.run === null ? null : supervisor.run(fact.run)),
  }),
}));

appEvent('RunEnded', 'A run’s last process is gone.', (t) => ({
  run: t.field({
    type: Run,
    nullable: true,
    description: 'The run. Null once it is no longer kept.',
    resolve: ({ fact }, _args, { supervisor }) => supervisor.run(fact.run),
  }),
  exit: t.field({ type: ProcessExit, description: 'How it ended.', resolve: ({ fact }) => fact.exit }),
}));

appEvent('RestartScheduled', 'A run ended without being asked to; the next one is due.', (t) => ({
  restart: t.field({
    type: ScheduledRestart,
    description: 'Which one, and when.',
    resolve: ({ fact }) => fact.restart,
  }),
}));

appEvent(
  'ActivationFailed',
  'A release that was activated did not become ready: the app went back to the one before.',
  (t) => ({
    release: t.string({
      description: 'The name of the release that did not become ready.',
      resolve: ({ fact }) => fact.release,
    }),
    previousRelease: t.string({
      description: 'The name of the release that the app has again.',
      resolve: ({ fact }) => fact.previousRelease,
    }),
    message: t.string({
      description: 'Why the new one did not become ready, for people.',
      resolve: ({ fact }) => fact.message,
    }),
  }),
);

appEvent('PortAssigned', 'An app got a port.', (t) => ({
  port: t.int({ description: 'The port.', resolve: ({ fact }) => fact.port }),
  previousPort: t.int({
    nullable: true,
    description: 'The port that it held before. Null for its first.',
    resolve: ({ fact }) => fact.previousPort,
  }),
}));

appEvent('PortReleased', 'An app gave its port back.', (t) => ({
  port: t.int({ description: 'The port.', resolve: ({ fact }) => fact.port }),
}));

appEvent('PortConflict', 'Somebody else listens on an app’s port.', (t) => ({
  port: t.int({ description: 'The port.', resolve: ({ fact }) => fact.port }),
  holder: t.field({
    type: PortHolder,
    nullable: true,
    description: 'Who listens on it, as far as the system tells.',
    resolve: ({ fact }) => fact.holder,
  }),
}));

supervisorEvent(
  'SupervisorStarted',
  'The control plane started, and took over the runs that were going on.',
  (t) => ({
    recoveredRuns: t.int({
      description: 'How many runs were found alive and go on.',
      resolve: ({ fact }) => fact.recoveredRuns,
    }),
    lostRuns: t.int({
      description: 'How many runs had ended meanwhile and left no status.',
      resolve: ({ fact }) => fact.lostRuns,
    }),
  }),
);

supervisorEvent('SupervisorStopping', 'The control plane was asked to end.', (t) => ({
  detached: t.boolean({
    description: 'True where the apps go on without it.',
    resolve: ({ fact }) => fact.detached,
  }),
}));

supervisorEvent(
  'DiskLow',
  'The disk is nearly full: the oldest lines of every log are being removed.',
  (t) => ({
    freeBytes: t.float({
      description: 'What was free on the disk of the logs at that time, in bytes.',
      resolve: ({ fact }) => fact.freeBytes,
    }),
  }),
);

supervisorEvent('DiskRecovered', 'The disk, which was nearly full, has room again.');
