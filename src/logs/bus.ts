import { EventEmitter } from 'node:events';
import type { Mark } from '../contracts/marks.ts';
import type { AppId } from '../core/app.ts';
import type { RunId } from '../core/run.ts';

export interface LogEvents {
  /** The writer follows a run's files from now on. */
  opened: [app: AppId, run: RunId];
  /** A file of a run has grown by so many bytes. */
  grew: [app: AppId, run: RunId, bytes: number];
  /** The database has committed these marks. They are in order. */
  committed: [marks: readonly Mark[]];
}

/**
 * What the writer announces to the reader and to retention, which are built after it. Listeners are called at once, in
 * the order in which they were added. Nothing else goes from `write/` to the other two.
 */
export class LogBus extends EventEmitter<LogEvents> {}
