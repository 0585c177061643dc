import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../contracts/clock.ts';
import type { LogReader, RunLogs } from '../contracts/logs.ts';
import type { MarkStore } from '../contracts/marks.ts';
import type { RunStore } from '../contracts/stores.ts';
import type { AppId } from '../core/app.ts';
import { reasonOf } from '../core/errors.ts';
import type { RunId } from '../core/run.ts';
import { createReaders } from './followers.ts';
import { createLosses } from './gaps.ts';
import { createReader } from './read/reader.ts';
import { createFreeing } from './retention/free.ts';
import { createRetention, DEFAULT_RETENTION, type RetentionLimits } from './retention/loop.ts';
import { createPuncher } from './retention/punch.ts';
import { createRemoval } from './retention/removal.ts';
import { truncateRun } from './retention/truncating.ts';
import { createUsage } from './retention/usage.ts';
import { createRunFacts } from './run-facts.ts';
import { createWriter } from './write/writer.ts';

/** How often it is said that lines could not be removed, in milliseconds. */
const SAY_AGAIN = 60_000;

export interface LogsOptions {
  readonly marks: MarkStore;
  /** Holds a directory for each run, named by its number. */
  readonly runsDir: string;
  readonly clock: Clock;
  /** The time by which lines are too old: `SteadyTime.earliest`. Left out: the clock's. */
  readonly earliest?: () => number;
  /** Takes a line of a supervisor's, as it is to be shown. */
  readonly console: (line: string) => void;
  /** Which runs there are: whose an ended run is, which directories are nobody's, which runs are too many. */
  readonly runs?: Pick<RunStore, 'get' | 'surplus' | 'remove'>;
  /** Whose a run is to which the supervisor writes, where it was not opened here; else told by `runs`. */
  readonly runInfo?: (run: RunId) => { readonly app: AppId; readonly appName: string } | null;
  /** The last mark of an epoch: `MetaStore.lastMarkOfEpoch`. */
  readonly endOfEpoch?: (epoch: number) => number | null;
  /** Where it differs from DEFAULT_RETENTION. */
  readonly retention?: Partial<RetentionLimits>;
  /** Something is wrong, or well again, that a person should hear of: a sentence. */
  readonly problem?: (text: string) => void;
  /** The disk is nearly full, with so many bytes free; null: it has room again. */
  readonly lowDisk?: (free: number | null) => void;
  /** For tests: the command that makes holes, and what is free on the disk, in bytes. */
  readonly system?: { readonly fallocate?: string; readonly free?: () => Promise<number> };
}

export interface Logs {
  readonly runLogs: RunLogs;
  readonly reader: LogReader;
  /** What keeps the logs from being well, for `/readyz`: sentences, none where all is well. */
  problems(): readonly string[];
  /** Resolves when retention has done what was asked of it so far. */
  settled(): Promise<void>;
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
  const problem = options.problem ?? (() => {});
  const limits = { ...DEFAULT_RETENTION, ...options.retention };
  const losses = createLosses(marks.lost());
  const readers = createReaders(clock);
  const facts = createRunFacts({
    marks,
    runs: options.runs ?? null,
    isFollowed: (run) => Boolean(writer.followed().get(run)?.watch),
  });
  const puncher = createPuncher(runsDir, options.system?.fallocate);
  const usage = createUsage({
    runsDir,
    marks,
    ownerOf: facts.ownerOf,
    failed: couldNotRemove,
    stray: async (run) => {
      if (!options.runs || writer.followed().has(run)) return;
      marks.removeRun(run);
      await rm(join(runsDir, String(run)), { recursive: true, force: true });
    },
  });
  const freeing = createFreeing({
    marks,
    losses,
    usage,
    puncher,
    runsDir,
    hasEnded: facts.hasEnded,
    markedIn: (run, stream) => writer.followed().get(run)?.spools[stream].marked ?? null,
  });
  const removal = createRemoval({ marks, losses, usage, runsDir });
  const reader = createReader({
    sources: {
      marks,
      losses,
      suspect: (run) => writer.lookNow(run),
    },
    generationOf: (run, stream) => writer.generationOf(run, stream),
    directoryOf: (run) => writer.followed().get(run)?.directory ?? join(runsDir, String(run)),
    endOfEpoch: options.endOfEpoch ?? (() => null),
    readers,
  });
  const writer = createWriter({
    marks,
    runsDir,
    clock,
    console: options.console,
    runInfo: options.runInfo ?? ((run) => nameless(facts.ownerOf(run))),
    opened: (app, run) => retention.opened(app, run),
    grew: (app, run, bytes) => retention.grew(app, run, bytes),
    committed: (made) => reader.committed(made),
    failed: (error) =>
      problem(`The database takes no log marks, lines wait in their files: ${reasonOf(error)}`),
    forget: (app, runs) => removal.removeApp(app, runs),
  });
  const retention = createRetention({
    limits,
    clock,
    earliest: options.earliest ?? clock.now,
    runsDir,
    usage,
    freeing,
    puncher,
    oldestWanted: (app) => readers.oldestWanted(app),
    truncate: (app, run) => truncateRun({ marks, losses, usage, runsDir }, writer, app, run),
    hasEnded: facts.hasEnded,
    surplus: (app, keep) =>
      options.runs?.surplus(app, keep) ?? usage.runs(app).filter(facts.hasEnded).slice(0, -keep),
    runRemoved: (run) => options.runs?.remove(run),
    lowDiskChanged(free) {
      problem(free === null ? 'The disk has room again' : lowDisk(free));
      options.lowDisk?.(free);
    },
    failed: couldNotRemove,
    ...(options.system?.free && { free: options.system.free }),
  });

  let saidAt = Number.NEGATIVE_INFINITY;

  function couldNotRemove(error: unknown): void {
    if (clock.monotonic() - saidAt < SAY_AGAIN) return;
    saidAt = clock.monotonic();
    problem(`Old log lines could not be removed: ${reasonOf(error)}`);
  }

  function lowDisk(free: number): string {
    const megabytes = Math.floor(free / 1024 / 1024);
    return `Only ${megabytes} MB are free on the disk of ${runsDir}: old log lines are being removed`;
  }

  async function close(): Promise<void> {
    writer.close();
    await retention.close();
  }

  return {
    runLogs: { ...writer, close },
    reader,
    problems() {
      const free = retention.lowDisk();
      return free === null ? [] : [lowDisk(free)];
    },
    settled: () => retention.settled(),
    close,
  };
}

function nameless(app: AppId | null): { app: AppId; appName: string } | null {
  return app === null ? null : { app, appName: `app ${app}` };
}
