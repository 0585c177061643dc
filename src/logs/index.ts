import type { Clock } from '../contracts/clock.ts';
import type { LogReader, RunLogs } from '../contracts/logs.ts';
import type { MarkStore } from '../contracts/marks.ts';
import type { RunStore } from '../contracts/stores.ts';
import type { AppId } from '../core/app.ts';
import { reasonOf } from '../core/errors.ts';
import type { RunId } from '../core/run.ts';
import { LogBus } from './bus.ts';
import { Followers } from './followers.ts';
import { Gaps } from './gaps.ts';
import { Reader } from './read/reader.ts';
import { Freeing } from './retention/free.ts';
import { DEFAULT_RETENTION, type RetentionLimits } from './retention/policy.ts';
import { Puncher } from './retention/punch.ts';
import { Retention } from './retention/retention.ts';
import { Usage } from './retention/usage.ts';
import { LogRuns } from './runs.ts';
import { Writer } from './write/writer.ts';

// The logs of every app. What an app writes is in the files that it writes to, and is never copied. Marks in the
// database say which bytes are whole lines, in which order, and when they were seen. `write/` makes them, `read/` reads
// by them, `retention/` frees the oldest. This room must not know the supervisor, the driver, or the schema.

/** How often it is reported that lines could not be removed, in milliseconds. */
const REPORT_AGAIN = 60_000;

export interface LogsOptions {
  readonly marks: MarkStore;
  /** Holds a directory for each run, named by its number. */
  readonly runsDir: string;
  readonly clock: Clock;
  /** The time by which lines are too old: `SteadyTime.earliest`. Left out: the clock's. */
  readonly earliest?: () => number;
  /** Takes a line of the supervisor, as it is to be shown. */
  readonly console: (line: string) => void;
  /** Which runs there are: whose an ended run is, which directories belong to no run, which runs are too many. */
  readonly runs?: Pick<RunStore, 'get' | 'surplus' | 'remove'>;
  /** Whose a run is to which the supervisor writes, where it was not opened here. Left out: what `runs` says. */
  readonly runInfo?: (run: RunId) => { readonly app: AppId; readonly appName: string } | null;
  /** The last mark of an epoch: `MetaStore.lastMarkOfEpoch`. */
  readonly endOfEpoch?: (epoch: number) => number | null;
  /** Where it differs from DEFAULT_RETENTION. */
  readonly retention?: Partial<RetentionLimits>;
  /** Takes a sentence for a person: something is wrong, or right again. */
  readonly problem?: (text: string) => void;
  /** The disk is nearly full, with so many bytes free; null: it has room again. */
  readonly lowDisk?: (free: number | null) => void;
  /** For tests: the command that makes holes, and what is free on the disk, in bytes. */
  readonly system?: { readonly fallocate?: string; readonly free?: () => Promise<number> };
}

/**
 * The position of a line is its mark and the byte of the file behind the line and its line end, counted from the start
 * of the file within the mark's generation.
 */
export class Logs {
  /** For the supervisor. */
  readonly runLogs: RunLogs;
  /** For the schema. */
  readonly reader: LogReader;
  private readonly options: LogsOptions;
  private readonly writer: Writer;
  private readonly freeing: Freeing;
  private readonly retention: Retention;
  private reportedAt = Number.NEGATIVE_INFINITY;

  constructor(options: LogsOptions) {
    const { marks, runsDir, clock, system } = options;
    this.options = options;
    const bus = new LogBus();
    const gaps = new Gaps(marks.lost());
    const followers = new Followers(clock);
    const runs = new LogRuns({ marks, runsDir, store: options.runs ?? null });
    this.writer = new Writer({
      ...{ marks, runs, clock, bus, console: options.console },
      runInfo: options.runInfo ?? ((run) => nameless(runs.ownerOf(run))),
      failed: (error) =>
        this.report(`The database takes no log marks, lines wait in their files: ${reasonOf(error)}`),
    });
    const lookNow = (run: RunId) => this.writer.lookNow(run);
    const endOfEpoch = options.endOfEpoch ?? (() => null);
    const usage = new Usage(runsDir, marks);
    const bytes = (app: AppId) => usage.peek(app);
    this.reader = new Reader({ marks, gaps, runs, lookNow, bus, followers, bytes, endOfEpoch });
    const puncher = new Puncher(runsDir, system?.fallocate);
    this.freeing = new Freeing({ marks, gaps, runs, usage, puncher, lookNow });
    this.retention = new Retention({
      limits: { ...DEFAULT_RETENTION, ...options.retention },
      ...{ clock, bus, runs, followers, usage, freeing: this.freeing, puncher },
      earliest: options.earliest ?? (() => clock.now()),
      lowDiskChanged: (free) => this.lowDiskChanged(free),
      failed: (error) => this.couldNotRemove(error),
      free: system?.free,
    });
    this.runLogs = {
      open: (run, source) => this.writer.open(run, source),
      write: (run, text) => this.writer.write(run, text),
      finish: (run) => this.writer.finish(run),
      renamed: (app, name) => this.writer.renamed(app, name),
      removeApp: (app) => this.removeApp(app),
      close: () => this.close(),
    };
  }

  /** What is wrong with the logs, for `/readyz`: sentences; none where all is well. */
  problems(): readonly string[] {
    const free = this.retention.lowDisk();
    return free === null ? [] : [this.lowDiskText(free)];
  }

  /** Resolves when retention has done what was asked of it so far. */
  settled(): Promise<void> {
    return this.retention.settled();
  }

  /** The same as `runLogs.close`. */
  async close(): Promise<void> {
    this.writer.close();
    await this.retention.close();
  }

  private async removeApp(app: AppId): Promise<void> {
    await this.freeing.removeApp(app, this.writer.forgetApp(app));
  }

  private report(text: string): void {
    this.options.problem?.(text);
  }

  private couldNotRemove(error: unknown): void {
    const now = this.options.clock.monotonic();
    if (now - this.reportedAt < REPORT_AGAIN) return;
    this.reportedAt = now;
    this.report(`Old log lines could not be removed: ${reasonOf(error)}`);
  }

  private lowDiskChanged(free: number | null): void {
    this.report(free === null ? 'The disk has room again' : this.lowDiskText(free));
    this.options.lowDisk?.(free);
  }

  private lowDiskText(free: number): string {
    const megabytes = Math.floor(free / 1024 / 1024);
    return `Only ${megabytes} MB are free on the disk of ${this.options.runsDir}: old log lines are being removed`;
  }
}

function nameless(app: AppId | null): { app: AppId; appName: string } | null {
  return app === null ? null : { app, appName: `app ${app}` };
}
