import { writeSync } from 'node:fs';
import { jsonText, raw, toStderr, toStdout } from './sink.ts';
import { type Paint, painted, unpainted } from './style.ts';

/**
 * Where a command writes: control characters in what it is given are shown, never obeyed (see sink.ts). Where to:  results to standard output, everything for a person beside them to standard error.
 */
export interface Output {
  /** Whether a person looks at standard output. */
  readonly terminal: boolean;
  /** Whether a person can be shown what goes on meanwhile, on standard error. */
  readonly lively: boolean;
  /** Whether a person can be asked something. */
  readonly canAsk: boolean;
  /** For what goes to standard output. */
  readonly paint: Paint;
  /** For what goes to standard error. */
  readonly paintError: Paint;
  readonly colors: boolean;
  readonly colorsError: boolean;
  /** The width of the terminal in columns; null where it is none: nothing is cut. */
  readonly columns: () => number | null;
  readonly rows: () => number | null;
  /** A line of the result. */
  print(line: string): void;
  /** Text of the result, without a line end. */
  write(text: string): void;
  /** The same as it is: not for a terminal. */
  writeRaw(text: string): void;
  /** A value of the result: as a program reads it, on one line where there are more of them to come. */
  printJson(value: unknown, how?: 'one of many'): void;
  /** A line for a person. */
  note(line: string): void;
  /** Text for a person, without a line end. */
  show(text: string): void;
}

/** @param color what the person wants; null: colors on a terminal, none elsewhere */
export function createOutput(color: boolean | null): Output {
  const { stdin, stdout, stderr } = process;
  const colors = color ?? stdout.isTTY === true;
  const colorsError = color ?? stderr.isTTY === true;
  return {
    ...{ terminal: stdout.isTTY === true, lively: stderr.isTTY === true, colors, colorsError },
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    paint: colors ? painted : unpainted,
    paintError: colorsError ? painted : unpainted,
    columns: () => (stdout.isTTY ? stdout.columns || 80 : null),
    rows: () => (stdout.isTTY ? stdout.rows || 24 : null),
    print: (line) => toStdout(`${line}\n`),
    write: toStdout,
    writeRaw: (text) => void stdout.write(raw(text)),
    printJson: (value, how) => void stdout.write(`${jsonText(value, how ? 0 : 2)}\n`),
    note: (line) => toStderr(`${line}\n`),
    show: toStderr,
  };
}

/** Hides the cursor of a terminal until the answer is called, or the process ends in whatever way it can see. */
export function hideCursor(fd: 1 | 2): () => void {
  write(fd, '\x1b[?25l');
  const restore = () => {
    process.off('exit', restore);
    write(fd, '\x1b[?25h');
  };
  process.on('exit', restore);
  return restore;
}

function write(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // The terminal has gone.
  }
}
