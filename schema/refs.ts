import type { LogEntryRecord } from '../src/contracts/logs.ts';
import type { AppView, PortView } from '../src/contracts/supervisor.ts';
import type { AppAccess as Access } from '../src/core/app-access.ts';
import type { PortHolder as Holder } from '../src/core/errors.ts';
import type { JournalEvent, ScheduledRestart as Restart } from '../src/core/events.ts';
import type { Manifest } from '../src/core/manifest.ts';
import type { Release as ReleaseOnDisk } from '../src/core/release.ts';
import type { ProcessExit as Exit, Run as RunRecord } from '../src/core/run.ts';
import { builder } from './builder.ts';

/**
 * References to types that refer to one another, or that several features use. A feature imports the reference from
 * here and not the file that implements the type, which avoids circular imports.
 */

export const App = builder.objectRef<AppView>('App');
export const AppAccess = builder.objectRef<Access>('AppAccess');
export const AppManifest = builder.objectRef<Manifest>('AppManifest');
export const Run = builder.objectRef<RunRecord>('Run');
export const Release = builder.objectRef<ReleaseOnDisk>('Release');
export const ScheduledRestart = builder.objectRef<Restart>('ScheduledRestart');
export const ProcessExit = builder.objectRef<Exit>('ProcessExit');
export const PortAssignment = builder.objectRef<PortView>('PortAssignment');
export const PortHolder = builder.objectRef<Holder>('PortHolder');

/** A line with its app and run. */
export interface LogEntryNode {
  readonly record: LogEntryRecord;
  readonly app: AppView;
  readonly run: RunRecord;
}
export const LogEntry = builder.objectRef<LogEntryNode>('LogEntry');

export const Event = builder.interfaceRef<JournalEvent>('Event');
export const AppEvent = builder.interfaceRef<JournalEvent>('AppEvent');
