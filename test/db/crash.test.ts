import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openTemporary, temporaryDirectory } from './support.ts';

const COMMITS = fileURLToPath(new URL('./programs/commits.ts', import.meta.url));

/** Runs the program until it has told of so many more commits, kills it, and answers the last number that it told. */
async function killAfter(commits: number, file: string): Promise<number> {
  const child = spawn(process.execPath, ['--import', 'tsx', COMMITS, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  let told = 0;
  let count = 0;
  for await (const line of createInterface(child.stdout)) {
    told = Number(line);
    count += 1;
    if (count === commits) child.kill('SIGKILL');
  }
  expect((await exit)[1]).toBe('SIGKILL');
  return told;
}

test('B-3: killed at any moment, all that was committed is there and nothing of what was not', async () => {
  const file = join(temporaryDirectory(), 'toehold.db');
  for (const [round, commits] of [1, 70, 503, 1_501].entries()) {
    const told = await killAfter(commits, file);
    const stores = openTemporary(file);
    const [app] = stores.apps.all();
    const revision = app?.revision ?? 0;
    expect(revision).toBeGreaterThanOrEqual(told);
    expect(stores.events.last()).toBe(revision);
    expect(stores.events.get(revision)?.at).toBe(revision);
    expect(stores.marks.last()).toBe(revision);
    expect(stores.marks.get(revision)?.to).toBe(revision);
    expect(stores.meta.epoch).toBe(2 * (round + 1));
    stores.close();
  }
});
