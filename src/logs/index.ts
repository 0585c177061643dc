import { join } from 'node:path';
import type { Clock } from '../contracts/clock.ts';
import type { LogReader, RunLogs } from '../contracts/logs.ts';
import type { MarkStore } from '../contracts/marks.ts';
import type { AppId } from '../core/app.ts';
import type { LogStream, RunId } from '../core/run.ts';
import { createLosses } from './losses.ts';
import { createReader } from './reader.ts';
import { createRemoval } from './removal.ts';
import { createWriter } from './writer.ts';

export interface LogsOptions {
  readonly marks: MarkStore;
  /** Holds a directory for each run, named by its number. */
  readonly runsDir: string;
  readonly clock: Clock;
  /** Takes a line of a supervisor's, as it is to be shown. */
  readonly console: (line: string) => void;
  /** Whose an ended run is to which the supervisor writes, and which was not opened here. */
  readonly runInfo?: (run: RunId) => { readonly app: AppId; readonly appName: string } | null;
  /** The last mark of an epoch: `MetaStore.lastMarkOfEpoch`. */
  readonly endOfEpoch?: (epoch: number) => number | null;
  /** Something is wrong that a person should hear of: a sentence. Nothing is lost by it so far. */
  readonly problem?: (text: string) => void;
}

export interface Logs {
  readonly runLogs: RunLogs;
  readonly reader: LogReader;
  /** The same as `runLogs.close`. */
  close(): Promise<void>;
}

/**
 * The logs of every app: what apps write lies in the files that they write to; marks say which bytes are
 * whole lines, in which order and when they were seen.
 *
 * A line's position is its mark and the byte of the file behind the line (counted from the file's start,
 * within the mark's generation), its line end included.
 */
export function createLogs(options: LogsOptions): Logs {
  const { marks, runsDir, clock } = options;
  const losses = createLosses(marks.lost());
  const directoryOf = (run: RunId) => writer.followed().get(run)?.directory ?? join(runsDir, String(run));
  const removal = createRemoval({ marks, losses, runsDir });
  const reader = createReader({
    sources: {
      marks,
      losses,
      generationOf: (run, stream) => writer.generationOf(run, stream) ?? endedGeneration(marks, run, stream),
      suspect: (run) => writer.lookNow(run),
    },
    directoryOf,
    endOfEpoch: options.endOfEpoch ?? (() => null),
  });
  const writer = createWriter({
    marks,
    runsDir,
    clock,
    console: options.console,
    runInfo: options.runInfo ?? (() => null),
    committed: (made) => reader.committed(made),
    failed: (error) =>
      options.problem?.(
        `The database takes no log marks (${error instanceof Error ? error.message : String(error)}): lines stay in their files until it does`,
      ),
    forget: (app, runs) => removal.removeApp(app, runs),
  });
  const close = async () => writer.close();
  return { runLogs: { ...writer, close }, reader, close };
}

function endedGeneration(marks: MarkStore, run: RunId, stream: LogStream): number {
  return marks.lastOfRun(run, stream)?.generation ?? 0;
}
