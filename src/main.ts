#!/usr/bin/env node
import { placeProblem } from './cli/place.ts';

// Before anything else is loaded: that alone opens more files at once than a low limit admits.
const problem = placeProblem(process.argv.slice(2));
if (problem === null) {
  await import('./cli/program.ts');
} else {
  process.stderr.write(`toehold: ${problem}\n`);
  process.exitCode = 2;
}
