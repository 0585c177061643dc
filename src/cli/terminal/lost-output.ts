import { toStderr } from './sink.ts';

// What happens if standard output or standard error cannot be written. A reader that has enough (`| head`) closes its end of the pipe: that
// is no error. Without these listeners Node would end the process with a stack trace.

let reports = false;

/** Ignores every failed write, for help and for the server. */
export function ignoreLostOutput(): void {
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}

/**
 * For a command and for help: if the output cannot be written for another reason (for example, the disk is full), says so once, and a command that
 * succeeds otherwise exits with 1. The command finishes its work, because it may have changed half of what it was asked to change.
 */
export function reportLostOutput(): void {
  if (reports) return;
  reports = true;
  let reported = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (reported || error.code === 'EPIPE') return;
    reported = true;
    toStderr(`toehold: the output could not be written: ${error.message}\n`);
    process.once('exit', (code) => {
      if (code === 0) process.exitCode = 1;
    });
  });
}

/** For a command that only shows something: it ends with its reader, and that is a success unless it has failed before. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
  });
}
