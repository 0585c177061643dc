#!/usr/bin/env node
import * as nodeModule from 'node:module';
import { preflightProblem } from './cli/preflight.ts';

/** From Node 22.8 on. */
const { enableCompileCache } = nodeModule as { readonly enableCompileCache?: (directory: string) => unknown };

async function main(args: readonly string[]): Promise<void> {
  // Check first: loading the program opens more files at once than a low limit allows.
  const problem = preflightProblem(args);
  if (problem !== null) {
    // Nobody may read it.
    process.stderr.on('error', () => {});
    process.stderr.write(`toehold: ${problem}\n`);
    process.exitCode = 2;
    return;
  }
  // Before the program, which it is to keep.
  if (enableCompileCache) (await import('./cli/compile-cache.ts')).keepCompiled(enableCompileCache);
  const { runProgram } = await import('./cli/program.ts');
  await runProgram(args);
}

main(process.argv.slice(2)).catch((error) => {
  // As an uncaught exception, which ends the process; a server only reports a promise that nobody handled.
  process.nextTick(() => {
    throw error;
  });
});
