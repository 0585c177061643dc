import type { AppId } from '../../src/core/app.ts';
import type { JournalEvent } from '../../src/core/events.ts';
import type { LogEntryNode } from '../refs.ts';

/** Why what lies between two cursors cannot be delivered. */
export type GapReason = 'RETENTION' | 'JOURNAL_RESET' | 'TRUNCATED_BY_APP';

/** The payloads of the streams, told apart by the name of their type. Cursors are as the client gets them. */
export interface LogBatch {
  readonly type: 'LogBatch';
  readonly cursor: string;
  readonly live: boolean;
  readonly entries: readonly LogEntryNode[];
}

export interface EventBatch {
  readonly type: 'EventBatch';
  readonly cursor: string;
  readonly live: boolean;
  readonly events: readonly JournalEvent[];
}

export interface StreamGap {
  readonly type: 'StreamGap';
  readonly lostAfter: string;
  readonly resumeAt: string;
  readonly reason: GapReason;
  readonly app: AppId | null;
}

export interface StreamHeartbeat {
  readonly type: 'StreamHeartbeat';
  readonly cursor: string;
}

export type LogPayload = LogBatch | StreamGap | StreamHeartbeat;
export type EventPayload = EventBatch | StreamGap | StreamHeartbeat;
