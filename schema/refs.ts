import type { LogEntryRecord } from '../src/contracts/logs.ts';
import type { AppView, PortView } from '../src/contracts/supervisor.ts';
import type { AppAccess as Access } from '../src/core/app-access.ts';
import type { PortHolder as Holder } from '../src/core/errors.ts';
import type { JournalEvent, ScheduledRestart as Restart } from '../src/core/events.ts';
import type { Release as ReleaseOnDisk } from '../src/core/release.ts';
import type { ProcessExit as Exit, Run as RunRecord } from '../src/core/run.ts';
import { builder } from './builder.ts';

/**
 * The types that refer to one another in circles, or across features. A feature imports the reference from here,
 * never the file that describes the type, so that no import leads in a circle.
 */

export const App = builder.objectRef<AppView>('App');
export const AppAccess = builder.objectRef<Access>('AppAccess');
export const Run = builder.objectRef<RunRecord>('Run');
export const Release = builder.objectRef<ReleaseOnDisk>('Release');
export const ScheduledRestart = builder.objectRef<Restart>('ScheduledRestart');
export const ProcessExit = builder.objectRef<Exit>('ProcessExit');
export const PortAssignment = builder.objectRef<PortView>('PortAssignment');
export const PortHolder = builder.objectRef<Holder>('PortHolder');

/** A line with its owners, which were there when it was read. */
export interface LogEntryNode {
  readonly record: LogEntryRecord;
  readonly app: AppView;
  readonly run: RunRecord;
}
export const LogEntry = builder.objectRef<LogEntryNode>('LogEntry');

export const Event = builder.interfaceRef<JournalEvent>('Event');
export const AppEvent = builder.interfaceRef<JournalEvent>('AppEvent');
