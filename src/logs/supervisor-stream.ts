import { appendFileSync } from 'node:fs';
import { FILE_MODE } from './limits.ts';

/**
 * Appends a line of the supervisor's to the run's third file. A disk that takes it not loses that line and
 * nothing else: the console has it.
 */
export function appendLine(path: string, text: string): void {
  try {
    appendFileSync(path, `${text}\n`, { mode: FILE_MODE });
  } catch {
    // Full, or the run's directory is gone.
  }
}

/** What the console shows of a supervisor's line: each of its lines by itself. */
export function consoleLines(name: string, text: string): string[] {
  return text.split('\n').map((line) => `🐾 [${name}] ${line}`);
}
