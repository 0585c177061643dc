#!/usr/bin/env node
import { preflightProblem } from './cli/preflight.ts';

// Check first: loading the program opens more files at once than a low limit allows.
const problem = preflightProblem(process.argv.slice(2));
if (problem === null) {
  await import('./cli/program.ts');
} else {
  process.stderr.write(`toehold: ${problem}\n`);
  process.exitCode = 2;
}
