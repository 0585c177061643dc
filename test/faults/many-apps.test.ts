import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { startServer } from '../support/whole-server.ts';

const APPS = 1_000;
/** Real processes; the others are INVALID, and as much work to find, watch and list. */
const WORKERS = 60;

interface Listed {
  readonly apps: { readonly totalCount: number; readonly nodes: readonly { readonly state: string }[] };
}

test('1,000 apps: boot, list, another control plane, and a shutdown that leaves nothing', {
  timeout: 60_000,
}, async () => {
  const { ask, timers, restart, waitForState, runs } = await startServer({
    before: async ({ appsDir }) => {
      for (let number = 0; number < APPS - 1; number += 1) {
        const directory = join(appsDir, `app-${number}`, 'current');
        await mkdir(directory, { recursive: true });
        const worker = { scripts: { toes: 'exec sleep 100000' }, toes: { port: false } };
        const manifest = JSON.stringify(number < WORKERS ? worker : { scripts: {} });
        await writeFile(join(directory, 'package.json'), manifest);
      }
    },
  });
  const list = (): Promise<Listed> =>
    ask<Listed>('{ apps(first: 1000) { totalCount nodes { state name error icon run { pid } } } }');
  const count = async (state: string): Promise<number> =>
    (await list()).apps.nodes.filter((app) => app.state === state).length;
  await until(async () => (await count('RUNNING')) === WORKERS + 1, 'all of them run', 30_000);
  expect((await list()).apps.totalCount).toBe(APPS);
  expect(await count('INVALID')).toBe(APPS - WORKERS - 1);
  // At rest an app costs no timer but those of its own run.
  expect(timers()).toBeLessThan(2 * WORKERS + 20);
  await restart('detach');
  await until(async () => (await count('RUNNING')) === WORKERS + 1, 'all of them run on', 30_000);
  await waitForState('app-7', 'RUNNING');
  expect(await runs('app-7')).toHaveLength(1);
});
