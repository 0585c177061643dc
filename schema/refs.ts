import type { Identity } from '../src/contracts/access.ts';
import type { LogEntryRecord } from '../src/contracts/logs.ts';
import type {
  AppView,
  PortRangeView,
  PortView,
  SupervisorInfo,
  UsageView,
} from '../src/contracts/supervisor.ts';
import type { AuditEntry as AuditRow, Token as TokenInfo } from '../src/core/access.ts';
import type { AppAccess as Access } from '../src/core/app-access.ts';
import type { PortHolder as Holder } from '../src/core/errors.ts';
import type { JournalEvent, ScheduledRestart as Restart } from '../src/core/events.ts';
import type { Release as ReleaseOnDisk } from '../src/core/release.ts';
import type { ProcessExit as Exit, Run as RunRecord } from '../src/core/run.ts';
import { builder } from './builder.ts';

/**
 * The name of every object type and what stands behind it. The types refer to one another in
 * circles; they do so by way of this file, and each is described in a file of its own under `types`.
 */

export const App = builder.objectRef<AppView>('App');
export const AppAccess = builder.objectRef<Access>('AppAccess');
export const Run = builder.objectRef<RunRecord>('Run');
export const Release = builder.objectRef<ReleaseOnDisk>('Release');
export const ScheduledRestart = builder.objectRef<Restart>('ScheduledRestart');
export const ResourceUsage = builder.objectRef<UsageView>('ResourceUsage');
export const ProcessExit = builder.objectRef<Exit>('ProcessExit');
export const PortAssignment = builder.objectRef<PortView>('PortAssignment');
export const PortHolder = builder.objectRef<Holder>('PortHolder');
export const PortRange = builder.objectRef<PortRangeView>('PortRange');
export const Supervisor = builder.objectRef<SupervisorInfo>('Supervisor');
export const Viewer = builder.objectRef<Pick<Identity, 'name' | 'role'>>('Viewer');

export const Token = builder.objectRef<TokenInfo>('Token');
export const AuditEntry = builder.objectRef<AuditRow>('AuditEntry');

/** A line with its owners, which were there when it was read. */
export interface LogEntryNode {
  readonly record: LogEntryRecord;
  readonly app: AppView;
  readonly run: RunRecord;
}
export const LogEntry = builder.objectRef<LogEntryNode>('LogEntry');

export const Event = builder.interfaceRef<JournalEvent>('Event');
export const AppEvent = builder.interfaceRef<JournalEvent>('AppEvent');
