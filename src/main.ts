#!/usr/bin/env node
import { preflightProblem } from './cli/preflight.ts';

const args = process.argv.slice(2);
// Check first: loading the program opens more files at once than a low limit allows.
const problem = preflightProblem(args);
if (problem === null) {
  import('./cli/program.ts')
    .then(({ runProgram }) => runProgram(args))
    .catch((error) => {
      // As an uncaught exception, which ends the process; a server only reports a promise that nobody handled.
      process.nextTick(() => {
        throw error;
      });
    });
} else {
  process.stderr.write(`toehold: ${problem}\n`);
  process.exitCode = 2;
}
