import type { Clock } from '../../contracts/clock.ts';
import type { RunLogs } from '../../contracts/logs.ts';
import type { MarkStore } from '../../contracts/marks.ts';
import type { AppId } from '../../core/app.ts';
import type { LogStream, RunId } from '../../core/run.ts';
import { nextTurn } from '../../host/event-loop.ts';
import type { LogBus } from '../bus.ts';
import { STREAMS } from '../format.ts';
import type { FollowedRun, LogRuns } from '../runs.ts';
import { appendLine } from '../spool-file.ts';
import { Marker } from './marker.ts';
import { LookQueue, Pulse, StillLines } from './schedule.ts';
import { type Closing, type Look, NOTHING, type Spool } from './spool.ts';
import { Watch } from './watch.ts';

export interface WriterOptions {
  readonly marks: MarkStore;
  readonly runs: LogRuns;
  readonly clock: Clock;
  readonly bus: LogBus;
  readonly console: (line: string) => void;
  /** Of a run that was not opened here: an ended one, to which the supervisor still writes. */
  readonly runInfo: (run: RunId) => { readonly app: AppId; readonly appName: string } | null;
  /** The database takes no marks. */
  readonly failed: (error: unknown) => void;
}

/** Follows the files that apps write to, and commits marks of what is new in them. */
export class Writer implements Omit<RunLogs, 'close' | 'removeApp'> {
  private readonly options: WriterOptions;
  private readonly owners = new Map<Spool, { run: FollowedRun; stream: LogStream }>();
  private readonly names = new Map<AppId, string>();
  private readonly pulse: Pulse;
  private readonly marker: Marker;
  private readonly queue: LookQueue<FollowedRun>;
  private readonly still: StillLines;
  private closed = false;
  /** The database takes no marks: the runs that were to be looked at meanwhile wait. */
  private stalled = false;

  constructor(options: WriterOptions) {
    const { marks, clock, bus } = options;
    this.options = options;
    this.pulse = new Pulse(clock);
    this.marker = new Marker({
      ...{ marks, clock, bus },
      failed: (error) => {
        this.stalled = true;
        options.failed(error);
      },
    });
    this.queue = new LookQueue(
      (run) => this.lookAtOutputs(run),
      () => this.marker.flush(),
    );
    this.still = new StillLines(clock, (spool) => this.closeLine(spool));
    bus.on('committed', () => this.resume());
  }

  open(...[run, source]: Parameters<RunLogs['open']>): void {
    const { runs, clock } = this.options;
    this.names.set(run.app, run.appName);
    if (this.closed || runs.followed(run.id)?.watch) return;
    const entered = runs.followed(run.id) ?? this.enter(run, source.directory);
    const wake = () => this.queue.add(entered);
    entered.watch = new Watch({ directory: source.directory, clock, pulse: this.pulse, wake });
  }

  write(id: RunId, text: string): void {
    const run = this.closed ? this.options.runs.followed(id) : this.findOrEnter(id);
    const name = (run && this.names.get(run.app)) ?? `run ${id}`;
    for (const line of text.split('\n')) this.options.console(`🐾 [${name}] ${line}`);
    if (!run || this.closed) return;
    // What the app has written so far comes before it.
    if (run.watch) {
      this.look(run, 'STDOUT');
      this.look(run, 'STDERR');
    }
    appendLine(run.spools.SUPERVISOR.path, text);
    this.look(run, 'SUPERVISOR');
    // The next run of the app unfollows an ended one: its last line must be marked before that.
    if (!run.watch) this.marker.flush();
    this.queue.add(run);
  }

  async finish(id: RunId): Promise<void> {
    const run = this.options.runs.followed(id);
    if (!run) return;
    run.watch?.close();
    run.watch = null;
    for (const stream of STREAMS) {
      for (;;) {
        while (this.marker.blocked && !this.closed) await this.marker.settled();
        if (this.closed) return;
        if (!this.look(run, stream, 'FINAL').more) break;
        this.marker.flush();
        await nextTurn();
      }
      this.still.forget(run.spools[stream]);
    }
    this.queue.schedule();
    await this.marker.settled();
  }

  renamed(app: AppId, name: string): void {
    this.names.set(app, name);
  }

  /** Unfollows every run of an app, which is about to be removed. @returns the runs */
  forgetApp(app: AppId): readonly RunId[] {
    const runs = this.options.runs.allFollowed().filter((run) => run.app === app);
    for (const run of runs) this.leave(run);
    this.marker.flush();
    this.names.delete(app);
    return runs.map((run) => run.id);
  }

  /** Looks at a run's files and commits, now. */
  lookNow(id: RunId): void {
    const run = this.options.runs.followed(id);
    if (!run) return;
    for (const stream of STREAMS) this.look(run, stream);
    this.marker.flush();
  }

  close(): void {
    if (this.closed) return;
    const runs = this.options.runs.allFollowed();
    for (const run of runs) {
      if (!run.watch) continue;
      this.look(run, 'STDOUT');
      this.look(run, 'STDERR');
    }
    this.marker.flush();
    this.closed = true;
    for (const run of runs) this.leave(run);
    this.still.close();
    this.pulse.close();
    this.queue.close();
    this.marker.close();
  }

  private resume(): void {
    if (!this.stalled) return;
    this.stalled = false;
    for (const run of this.options.runs.allFollowed()) if (run.watch) this.queue.add(run);
  }

  private lookAtOutputs(run: FollowedRun): void {
    const looks = [this.look(run, 'STDOUT'), this.look(run, 'STDERR')];
    run.watch?.looked(looks.some(({ grew }) => grew));
    if (looks.some(({ more }) => more)) this.queue.add(run);
  }

  private look(
    run: FollowedRun,
    stream: LogStream,
    closing: Closing = 'LATER',
    at = this.options.clock.now(),
  ): Look {
    // While the database takes no marks, the files keep the lines.
    if (this.marker.blocked || this.closed) return NOTHING;
    const spool = run.spools[stream];
    const size = spool.size;
    const found = spool.look(closing);
    if (spool.size > size) this.options.bus.emit('grew', run.app, run.id, spool.size - size);
    this.marker.add(found.pieces.map((piece) => ({ ...piece, app: run.app, run: run.id, stream, at })));
    this.still.looked(spool, found.grew);
    return found;
  }

  private closeLine(spool: Spool): void {
    const owner = this.owners.get(spool);
    if (!owner) return;
    this.look(owner.run, owner.stream, 'STILL');
    this.queue.schedule();
  }

  private enter(run: { readonly id: RunId; readonly app: AppId }, directory: string): FollowedRun {
    const { runs, bus, clock } = this.options;
    for (const other of runs.allFollowed()) if (other.app === run.app && !other.watch) this.leave(other);
    const entered = runs.follow(run, directory);
    bus.emit('opened', run.app, run.id);
    for (const stream of STREAMS) this.owners.set(entered.spools[stream], { run: entered, stream });
    for (const { stream, changedAt } of byLastChange(entered)) {
      const { more } = this.look(entered, stream, 'LATER', Math.min(changedAt, clock.now()));
      if (more) this.queue.add(entered);
    }
    this.queue.schedule();
    return entered;
  }

  private leave(run: FollowedRun): void {
    run.watch?.close();
    run.watch = null;
    for (const spool of Object.values(run.spools)) {
      this.still.forget(spool);
      this.owners.delete(spool);
    }
    this.queue.delete(run);
    this.options.runs.unfollow(run.id);
  }

  private findOrEnter(id: RunId): FollowedRun | null {
    const { runs, runInfo } = this.options;
    const run = runs.followed(id);
    if (run) return run;
    const info = runInfo(id);
    if (!info) return null;
    if (!this.names.has(info.app)) this.names.set(info.app, info.appName);
    return this.enter({ id, app: info.app }, runs.directoryOf(id));
  }
}

/** The streams that have been written to, in the order of their last changes. */
function byLastChange(run: FollowedRun): { stream: LogStream; changedAt: number }[] {
  return STREAMS.flatMap((stream) => {
    const changedAt = run.spools[stream].changedAt();
    return changedAt === null ? [] : [{ stream, changedAt }];
  }).sort((a, b) => a.changedAt - b.changedAt);
}
