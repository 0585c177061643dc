import { writeSync } from 'node:fs';
import { jsonText, raw, toStderr, toStdout } from './sink.ts';
import { type Paint, painted, unpainted } from './style.ts';

/**
 * The output of a command. Results go to standard output; notes for a person go to standard error. Control characters in the texts are
 * shown, so the terminal does not obey them (see sink.ts).
 */
export interface Output {
  /** Whether standard output is a terminal. */
  readonly terminal: boolean;
  /** Whether standard error is a terminal, which can show progress. */
  readonly lively: boolean;
  /** Whether the command can ask a question. */
  readonly canAsk: boolean;
  /** For what goes to standard output. */
  readonly paint: Paint;
  /** For what goes to standard error. */
  readonly paintError: Paint;
  readonly colors: boolean;
  readonly colorsError: boolean;
  /** The width of the terminal in columns; null if it is no terminal, so nothing is cut. */
  readonly columns: () => number | null;
  readonly rows: () => number | null;
  /** A line of the result. */
  print(line: string): void;
  /** Text of the result, without a line end. */
  write(text: string): void;
  /** The same without escaping: not for a terminal. */
  writeRaw(text: string): void;
  /** The result as JSON, on one line if it is one of many. */
  printJson(value: unknown, how?: 'one of many'): void;
  /** A line for a person. */
  note(line: string): void;
  /** Text for a person, without a line end. */
  show(text: string): void;
}

/** @param color whether to use colors; null: only on a terminal */
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

/** Hides the cursor of a terminal. @returns shows it again, as does the end of the process */
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
