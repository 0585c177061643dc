import type { Writable } from 'node:stream';
import { forTerminal } from '../terminal/escape.ts';

/** So much may wait for a reader that has stopped reading, in bytes; lines beyond it are dropped and counted. */
const MOST_WAITING = 2 ** 20;

/** A terminal's handle, as far as Node lets one see it. */
interface TerminalStream {
  readonly isTTY?: boolean;
  readonly _handle?: { setBlocking?(on: boolean): unknown };
}

export interface Console {
  print(line: string): void;
  /** Resolves when all that was printed has been taken, or nobody is there to take it. */
  flushed(): Promise<void>;
}

/**
 * Prints lines for a person. A terminal that is paused (Ctrl-S), a pipe that nobody reads, a terminal that
 * has closed or a full disk costs lines on the console, never the server: it neither waits, grows nor ends.
 * What a terminal would obey is taken out or shown, also in a pipe: the system's journal is read in a terminal. Apps'
 * colors pass to a terminal alone.
 * @param colors whether a terminal gets them; not given: it does
 */
export function createConsole(stream: Writable, colors = true): Console {
  let dropped = 0;
  // EIO, EPIPE, ENOSPC: there is nobody to tell.
  stream.on('error', () => {});
  // Node writes to a terminal synchronously: one that is paused would hold up the whole process.
  const { isTTY, _handle } = stream as TerminalStream;
  if (isTTY) _handle?.setBlocking?.(false);
  const closed = () => stream.destroyed || stream.writableEnded;

  return {
    print(line) {
      if (closed()) return;
      if (stream.writableLength > MOST_WAITING) {
        dropped += 1;
        return;
      }
      if (dropped > 0) {
        stream.write(`toehold: ${dropped} lines were not printed, as nobody read them here\n`);
        dropped = 0;
      }
      stream.write(`${forTerminal(line, colors && isTTY === true)}\n`);
    },
    flushed: () =>
      new Promise((resolve) => {
        if (closed()) resolve();
        else stream.write('', () => resolve());
      }),
  };
}
