import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Node takes graphql's `main`, Vite would take its `module`: then there were two of it, which it refuses.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/remove-control-groups.ts'],
    // Tests start real processes; a hung one must name itself before the whole run is cut off.
    // A slow machine, or a busy one, takes ten times as long as a quiet one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One more than the cores of the smallest machine: much of the time a test waits for a process.
    maxWorkers: 3,
    // A worker keeps the modules that one file loaded for the next: loading them took a sixth of the time. A test must
    // put back what it changes of the process.
    isolate: false,
  },
});
