import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../contracts/clock.ts';
import type { RunLogs } from '../../contracts/logs.ts';
import type { Mark, MarkStore } from '../../contracts/marks.ts';
import type { AppId } from '../../core/app.ts';
import type { LogStream, RunId } from '../../core/run.ts';
import { byLastChange, type FollowedRun, followedRun, STREAMS } from '../runs.ts';
import { createMarker } from './marker.ts';
import { createPulse } from './pulse.ts';
import { createTurns } from './schedule.ts';
import { type Closing, type Look, NOTHING, type Spool } from './spool.ts';
import { createStill } from './still.ts';
import { appendLine, consoleLines } from './supervisor-stream.ts';
import { createWatch } from './watch.ts';

export interface WriterOptions {
  readonly marks: MarkStore;
  readonly runsDir: string;
  readonly clock: Clock;
  readonly console: (line: string) => void;
  /** Of a run that was not opened here: an ended one, to which the supervisor still writes. */
  readonly runInfo: (run: RunId) => { readonly app: AppId; readonly appName: string } | null;
  readonly opened: (app: AppId, run: RunId) => void;
  /** A file of the run has grown by so many bytes. */
  readonly grew: (app: AppId, run: RunId, bytes: number) => void;
  /** In order, after the commit. */
  readonly committed: (marks: readonly Mark[]) => void;
  readonly failed: (error: unknown) => void;
  /** Removes an app's marks and files; the writer has let go of them. */
  readonly forget: (app: AppId, runs: readonly RunId[]) => Promise<void>;
}

export interface Writer extends Omit<RunLogs, 'close'> {
  close(): void;
  /** Looks at a run's files and commits, now. */
  lookNow(run: RunId): void;
  /** The file's present generation, where the run is followed. */
  generationOf(run: RunId, stream: LogStream): number | null;
  /** The runs that have not ended, and the last one of each app. */
  followed(): ReadonlyMap<RunId, FollowedRun>;
}

/** The writing side: follows the files of runs and commits marks. */
export function createWriter(options: WriterOptions): Writer {
  const { marks, clock } = options;
  const runs = new Map<RunId, FollowedRun>();
  const owners = new Map<Spool, { run: FollowedRun; stream: LogStream }>();
  const names = new Map<AppId, string>();
  const pulse = createPulse(clock);
  let closed = false;
  let stalled = false;

  const marker = createMarker({
    marks,
    clock,
    committed: (made) => {
      options.committed(made);
      if (!stalled) return;
      stalled = false;
      for (const run of runs.values()) if (run.watch) turns.wake(run);
    },
    failed: (error) => {
      stalled = true;
      options.failed(error);
    },
  });
  const turns = createTurns<FollowedRun>(
    (run) => {
      const looks = [look(run, 'STDOUT'), look(run, 'STDERR')];
      run.watch?.looked(looks.some(({ grew }) => grew));
      if (looks.some(({ more }) => more)) turns.wake(run);
    },
    () => void marker.flush(),
  );
  const still = createStill(clock, (spool) => {
    const owner = owners.get(spool);
    if (!owner) return;
    look(owner.run, owner.stream, 'STILL');
    turns.schedule();
  });

  function look(run: FollowedRun, stream: LogStream, closing: Closing = 'LATER', at = clock.now()): Look {
    // A database that takes no marks: the files keep the lines until it does.
    if (marker.blocked || closed) return NOTHING;
    const spool = run.spools[stream];
    const size = spool.size;
    const found = spool.look(closing);
    if (spool.size > size) options.grew(run.app, run.id, spool.size - size);
    marker.add(found.pieces.map((piece) => ({ ...piece, app: run.app, run: run.id, stream, at })));
    still.looked(spool, found.grew);
    return found;
  }

  function enter(run: { id: RunId; app: AppId }, directory: string): FollowedRun {
    for (const other of runs.values()) if (other.app === run.app && !other.watch) leave(other);
    const entered = followedRun(marks, run, directory);
    runs.set(run.id, entered);
    options.opened(run.app, run.id);
    for (const stream of STREAMS) owners.set(entered.spools[stream], { run: entered, stream });
    for (const { stream, changedAt } of byLastChange(entered)) {
      const { more } = look(entered, stream, 'LATER', Math.min(changedAt, clock.now()));
      if (more) turns.wake(entered);
    }
    turns.schedule();
    return entered;
  }

  function leave(run: FollowedRun): void {
    run.watch?.close();
    run.watch = null;
    for (const spool of Object.values(run.spools)) {
      still.forget(spool);
      owners.delete(spool);
    }
    turns.forget(run);
    runs.delete(run.id);
  }

  function known(id: RunId): FollowedRun | null {
    const run = runs.get(id);
    if (run) return run;
    const info = options.runInfo(id);
    if (!info) return null;
    if (!names.has(info.app)) names.set(info.app, info.appName);
    return enter({ id, app: info.app }, join(options.runsDir, String(id)));
  }

  return {
    open(run, source) {
      names.set(run.app, run.appName);
      if (closed || runs.get(run.id)?.watch) return;
      const entered = runs.get(run.id) ?? enter(run, source.directory);
      entered.watch = createWatch({
        directory: source.directory,
        clock,
        pulse,
        wake: () => turns.wake(entered),
      });
    },
    write(id, text) {
      const run = closed ? (runs.get(id) ?? null) : known(id);
      for (const line of consoleLines((run && names.get(run.app)) ?? `run ${id}`, text))
        options.console(line);
      if (!run || closed) return;
      // What the app has written so far stands before it.
      if (run.watch) {
        look(run, 'STDOUT');
        look(run, 'STDERR');
      }
      appendLine(run.spools.SUPERVISOR.path, text);
      look(run, 'SUPERVISOR');
      // Of an ended run nobody asks again once the next one has begun: its last line must be marked before that.
      if (!run.watch) marker.flush();
      turns.wake(run);
    },
    async finish(id) {
      const run = runs.get(id);
      if (!run) return;
      run.watch?.close();
      run.watch = null;
      for (const stream of STREAMS) {
        for (;;) {
          while (marker.blocked && !closed) await marker.settled();
          if (closed) return;
          if (!look(run, stream, 'FINAL').more) break;
          marker.flush();
          await nextTurn();
        }
        still.forget(run.spools[stream]);
      }
      turns.schedule();
      await marker.settled();
    },
    renamed(app, name) {
      names.set(app, name);
    },
    async removeApp(app) {
      const ids = [...runs.values()].filter((run) => run.app === app);
      for (const run of ids) leave(run);
      marker.flush();
      names.delete(app);
      await options.forget(
        app,
        ids.map((run) => run.id),
      );
    },
    lookNow(id) {
      const run = runs.get(id);
      if (!run) return;
      for (const stream of STREAMS) look(run, stream);
      marker.flush();
    },
    generationOf: (id, stream) => runs.get(id)?.spools[stream].generation ?? null,
    followed: () => runs,
    close() {
      if (closed) return;
      for (const run of [...runs.values()]) {
        if (!run.watch) continue;
        look(run, 'STDOUT');
        look(run, 'STDERR');
      }
      marker.flush();
      closed = true;
      for (const run of [...runs.values()]) leave(run);
      still.close();
      pulse.close();
      turns.close();
      marker.close();
    },
  };
}
