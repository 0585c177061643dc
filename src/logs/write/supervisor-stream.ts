import { appendFileSync, closeSync, constants, openSync } from 'node:fs';
import { FILE_MODE } from '../format.ts';

const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
const APPEND = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW;

/**
 * Appends a line of the supervisor's to the run's third file. A disk that takes it not loses that line and
 * nothing else: the console has it.
 */
export function appendLine(path: string, text: string): void {
  try {
    const fd = openSync(path, APPEND, FILE_MODE);
    try {
      appendFileSync(fd, `${text}\n`);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Full, or the run's directory is gone.
  }
}

/** What the console shows of a supervisor's line: each of its lines by itself. */
export function consoleLines(name: string, text: string): string[] {
  return text.split('\n').map((line) => `🐾 [${name}] ${line}`);
}
