import type { Mark } from '../../src/contracts/marks.ts';
import type { LogStream } from '../../src/core/run.ts';
import type { marks } from '../tables.ts';

/** Their places in this list are what the table holds. */
export const STREAMS: readonly LogStream[] = ['STDOUT', 'STDERR', 'SUPERVISOR'];

export type MarkRow = typeof marks.$inferSelect;

export function streamNumber(stream: LogStream): number {
  return STREAMS.indexOf(stream);
}

export function toMark({ seq, app, run, stream, generation, from, size, at, tail }: MarkRow): Mark {
  return {
    seq,
    app,
    run,
    stream: STREAMS[stream] ?? 'SUPERVISOR',
    generation,
    from,
    to: from + size,
    at,
    tail,
  };
}
