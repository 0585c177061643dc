import type { Writable } from 'node:stream';
import { forTerminal } from '../terminal/escape.ts';

/** How many bytes can wait for a reader that has stopped reading. Further lines are dropped and counted. */
const MOST_WAITING = 2 ** 20;

/** The handle of a terminal, as far as Node exposes it. */
interface TerminalStream {
  readonly isTTY?: boolean;
  readonly _handle?: { setBlocking?(on: boolean): unknown };
}

export interface Console {
  print(line: string): void;
  /** Resolves when everything is written, or the stream is closed. */
  flushed(): Promise<void>;
}

/**
 * Prints the server's lines. If the terminal is paused (Ctrl-S) or closed, the pipe has no reader, or the disk is full, lines are lost, but
 * the server does not wait, grow, or end. Control characters are removed or shown, also in a pipe, because people read the system's
 * journal in a terminal. Colors of apps reach only a terminal.
 * @param colors whether a terminal gets colors (default: yes)
 */
export function createConsole(stream: Writable, colors = true): Console {
  let dropped = 0;
  // EIO, EPIPE, ENOSPC: the line is lost, and there is no other place to report it.
  stream.on('error', () => {});
  // Node writes to a terminal synchronously, so a paused terminal would block the process.
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
        stream.write(
          `toehold: ${dropped} lines were not printed, because the reader of this output was too slow\n`,
        );
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
