import type { LogReader } from '../../contracts/logs.ts';
import type { Mark, MarkStore } from '../../contracts/marks.ts';
import type { LogPosition } from '../../core/cursor.ts';
import type { LogStream, RunId } from '../../core/run.ts';
import type { Readers } from '../followers.ts';
import { readOn } from './follow.ts';
import { findLines, readPage } from './page.ts';
import type { WalkSources } from './walk.ts';
import { createWindows, type Windows } from './windows.ts';

export interface ReaderOptions {
  readonly sources: Omit<WalkSources, 'generationOf'>;
  /** The present generation of a run's file; null where the run is not followed any more. */
  readonly generationOf: (run: RunId, stream: LogStream) => number | null;
  readonly directoryOf: (run: RunId) => string;
  readonly endOfEpoch: (epoch: number) => number | null;
  readonly readers: Readers;
}

export interface Reader extends LogReader {
  /** The writer has committed these. */
  committed(marks: readonly Mark[]): void;
}

/** The reading side. Reads files 64 KiB at a time and lets the loop turn in between. */
export function createReader(options: ReaderOptions): Reader {
  const { directoryOf, endOfEpoch, readers } = options;
  const { marks } = options.sources;
  const listeners = new Set<() => void>();
  let newest = newestPosition(marks);

  async function reading<T>(work: (windows: Windows, sources: WalkSources) => Promise<T>): Promise<T> {
    const windows = createWindows(directoryOf);
    const ended = endedGenerations(marks);
    const generationOf = (run: RunId, stream: LogStream) =>
      options.generationOf(run, stream) ?? ended(run, stream);
    try {
      return await work(windows, { ...options.sources, generationOf });
    } finally {
      windows.close();
    }
  }

  return {
    page: (query, request) => reading((windows, sources) => readPage(sources, windows, query, request)),
    follow: (query, after, limit) =>
      reading(async (windows, sources) => {
        const ended = readers.reading(query.apps, after);
        const read = await readOn(sources, windows, query, after, limit);
        ended(read.position);
        return read;
      }),
    startOf: (query, last) =>
      reading(async (windows, sources) => {
        if (last <= 0) return newest;
        const end = newest;
        const range = { after: null, before: null, direction: 'BACKWARD', limit: last } as const;
        const first = (await findLines(sources, windows, query, range)).at(-1);
        return first ? { mark: first.mark.seq, byte: first.line.from } : end;
      }),
    end: () => newest,
    endOfEpoch,
    onMore(listener) {
      // The same function may listen twice: each of them is its own.
      const own = () => listener();
      listeners.add(own);
      return () => {
        listeners.delete(own);
      };
    },
    committed(marks) {
      const last = marks.at(-1);
      if (last) newest = { mark: last.seq, byte: last.to };
      for (const listener of [...listeners]) listener();
    },
  };
}

function newestPosition(marks: MarkStore): LogPosition {
  const last = marks.last();
  // A mark that is gone: behind whatever it held.
  return { mark: last, byte: marks.get(last)?.to ?? (last === 0 ? 0 : 999_999_999_999_999) };
}

/** Files that nobody follows begin anew no more, so an answer asks for each one's generation once. */
function endedGenerations(marks: MarkStore): (run: RunId, stream: LogStream) => number {
  const known = new Map<string, number>();
  return (run, stream) => {
    const key = `${run}/${stream}`;
    const generation = known.get(key) ?? marks.lastOfRun(run, stream)?.generation ?? 0;
    known.set(key, generation);
    return generation;
  };
}
