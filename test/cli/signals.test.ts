import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';

const SIGNALS = join(import.meta.dirname, '../../src/cli/signals.ts');

test('a second signal ends a command that waits in one of its steps', async () => {
  const program = `import { deferSignals, endOnSignals } from ${JSON.stringify(SIGNALS)};
endOnSignals();
deferSignals();
setInterval(() => {}, 1_000);
console.log('waits');`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program]);
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  // Which of the two is handled last is up to the system.
  expect([130, 143]).toContain(code);
});
