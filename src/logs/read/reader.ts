import type { LogPage, LogPageRequest, LogQuery, LogRead, LogReader } from '../../contracts/logs.ts';
import type { MarkStore } from '../../contracts/marks.ts';
import type { AppId } from '../../core/app.ts';
import type { LogPosition } from '../../core/cursor.ts';
import type { LogBus } from '../bus.ts';
import type { Followers } from '../followers.ts';
import { readOn } from './follow.ts';
import { findLines, readPage } from './page.ts';
import { Reading, type ReadingSources } from './reading.ts';

export interface ReaderOptions extends ReadingSources {
  readonly bus: LogBus;
  readonly followers: Followers;
  /** What the log of an app takes on the disk, in bytes. */
  readonly bytes: (app: AppId) => number;
  /** The last mark of an epoch: `MetaStore.lastMarkOfEpoch`. */
  readonly endOfEpoch: (epoch: number) => number | null;
}

/** Pages and followers of logs. It reads files 64 KiB at a time and lets the event loop turn in between. */
export class Reader implements LogReader {
  private readonly options: ReaderOptions;
  private readonly listeners = new Set<() => void>();
  private newest: LogPosition;

  constructor(options: ReaderOptions) {
    this.options = options;
    this.newest = newestPosition(options.marks);
    options.bus.on('committed', (marks) => {
      const last = marks.at(-1);
      if (last) this.newest = { mark: last.seq, byte: last.to };
      for (const listener of [...this.listeners]) listener();
    });
  }

  page(query: LogQuery, request: LogPageRequest): Promise<LogPage> {
    return this.reading((reading) => readPage(reading, query, request));
  }

  follow(query: LogQuery, after: LogPosition, limit: number): Promise<LogRead> {
    return this.reading(async (reading) => {
      const ended = this.options.followers.begin(query.apps, after);
      const read = await readOn(reading, query, after, limit);
      ended(read.position);
      return read;
    });
  }

  startOf(query: LogQuery, last: number): Promise<LogPosition> {
    return this.reading(async (reading) => {
      if (last <= 0) return this.newest;
      const end = this.newest;
      const range = { after: null, before: null, direction: 'BACKWARD', limit: last } as const;
      const first = (await findLines(reading, query, range)).at(-1);
      return first ? { mark: first.mark.seq, byte: first.line.from } : end;
    });
  }

  end(): LogPosition {
    return this.newest;
  }

  bytes(app: AppId): number {
    return this.options.bytes(app);
  }

  endOfEpoch(epoch: number): number | null {
    return this.options.endOfEpoch(epoch);
  }

  onMore(listener: () => void): () => void {
    // A function that listens twice is called twice.
    const own = () => listener();
    this.listeners.add(own);
    return () => {
      this.listeners.delete(own);
    };
  }

  private async reading<T>(work: (reading: Reading) => Promise<T>): Promise<T> {
    const reading = new Reading(this.options);
    try {
      return await work(reading);
    } finally {
      reading.close();
    }
  }
}

function newestPosition(marks: MarkStore): LogPosition {
  const last = marks.last();
  // Where that mark was removed: behind all that it can have held.
  return { mark: last, byte: marks.get(last)?.to ?? (last === 0 ? 0 : 999_999_999_999_999) };
}
