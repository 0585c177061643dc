import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openDatabase } from '../../db/client.ts';
import { createMarkStore } from '../../db/stores/marks.ts';
import type { Clock } from '../../src/contracts/clock.ts';
import type { LogEntryRecord, LogQuery, LogRead } from '../../src/contracts/logs.ts';
import type { MarkStore } from '../../src/contracts/marks.ts';
import type { LogPosition } from '../../src/core/cursor.ts';
import { RUN_FILES, type RunId } from '../../src/core/run.ts';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { Logs, type LogsOptions } from '../../src/logs/index.ts';

export const BEGIN: LogPosition = { mark: 0, byte: 0 };
export const EVERYTHING: LogQuery = { apps: null };

/** A directory of the test's own that goes with it. */
export function tempDir(): string {
  const path = mkdtempSync(join(tmpdir(), 'toehold-logs-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export interface OpenLogs extends Pick<Logs, 'runLogs' | 'reader' | 'problems' | 'settled' | 'close'> {
  readonly directory: string;
  readonly marks: MarkStore;
  readonly console: string[];
  readonly told: string[];
  readonly clock: Clock;
  runDir(run: RunId): string;
  file(run: RunId, stream: 'STDOUT' | 'STDERR' | 'SUPERVISOR'): string;
  /** Begins to follow run `run` of app `app` (its number, unless another is named). */
  open(run: RunId, app?: number): void;
  /** Every line there is, oldest first. */
  lines(query?: LogQuery): Promise<LogEntryRecord[]>;
  texts(query?: LogQuery): Promise<string[]>;
  /** Reads on until nothing is left. */
  drain(after: LogPosition, query?: LogQuery): Promise<LogRead>;
  /** Lets go of the database too. */
  end(): Promise<void>;
}

/** Logs on a real database and real files in a directory that may have been used before. */
export function openLogs(
  directory: string,
  options: Partial<LogsOptions> & { wrap?: (marks: MarkStore) => MarkStore } = {},
): OpenLogs {
  const { wrap, ...rest } = options;
  const db = openDatabase(join(directory, 'toehold.db'));
  const marks = wrap ? wrap(createMarkStore(db)) : createMarkStore(db);
  const runsDir = join(directory, 'runs');
  const console: string[] = [];
  const told: string[] = [];
  const clock = options.clock ?? createSystemClock();
  const logs = new Logs({
    marks,
    runsDir,
    clock,
    console: (line) => console.push(line),
    problem: (text) => told.push(text),
    ...rest,
  });
  let ended = false;
  const end = async () => {
    if (ended) return;
    ended = true;
    await logs.close();
    db.close();
  };
  onTestFinished(end);
  const runDir = (run: RunId) => join(runsDir, String(run));

  async function drain(after: LogPosition, query: LogQuery = EVERYTHING): Promise<LogRead> {
    const items: LogRead['items'][number][] = [];
    let position = after;
    for (;;) {
      const read = await logs.reader.follow(query, position, 1_000);
      for (const item of read.items) items.push(item);
      position = read.position;
      if (read.atEnd) return { items, position, atEnd: true };
    }
  }
  const lines = async (query: LogQuery = EVERYTHING) =>
    (await drain(BEGIN, query)).items.flatMap((item) => ('entry' in item ? [item.entry] : []));

  return {
    runLogs: logs.runLogs,
    reader: logs.reader,
    problems: () => logs.problems(),
    settled: () => logs.settled(),
    close: () => logs.close(),
    directory,
    marks,
    console,
    told,
    clock,
    runDir,
    file: (run, stream) => join(runDir(run), RUN_FILES[stream]),
    open: (run, app = run) =>
      logs.runLogs.open({ id: run, app, appName: `app-${app}` }, { kind: 'files', directory: runDir(run) }),
    lines,
    texts: async (query) => (await lines(query)).map((line) => line.text),
    drain,
    end,
  };
}
