import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createRandom } from '../storm/random.ts';
import { processesWith } from '../support/marked-processes.ts';
import { until } from '../support/until.ts';
import { isRunning, makePlane } from './plane.ts';
import { mains } from './processes.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const KILLS = Number(process.env.KILLS ?? 10);
const NAMES = ['one', 'two', 'three', 'four', 'five'];

test(`B-3: killed around the spawn of five apps, ${KILLS} times: one process each, and none unknown, seed ${SEED}`, {
  timeout: 30_000 + KILLS * 10_000,
}, async () => {
  const random = createRandom(SEED);
  const plane = await makePlane({ TOEHOLD_WORKER_READY: '20ms' });
  for (const [index, name] of NAMES.entries()) {
    await plane.addApp(name, { script: `sleep 60${index}`, toes: { port: false } });
  }
  await plane.start();
  for (let kill = 0; kill < KILLS; kill += 1) {
    for (const name of NAMES) await plane.appThat(name, 'runs', isRunning);
    const answers = NAMES.map((name) => plane.command('restartApp', name).catch(() => ''));
    // From before the commands are taken to when all of them are done.
    await pause(random.number(80));
    await plane.kill();
    await Promise.all(answers);
    await plane.start();
    const pids: (number | null | undefined)[] = [];
    for (const [index, name] of NAMES.entries()) {
      const { run } = await plane.appThat(name, 'runs', isRunning);
      expect(await mains(plane, `60${index}`), `${name}, kill ${kill}`).toEqual([run?.pid]);
      pids.push(run?.pid);
    }
    // Each has its shim, and nobody else stays: a shim's own helper is there for a moment.
    await until(
      async () => (await processesWith('APPS_DIR', plane.appsDir)).length === 2 * pids.length,
      `nobody unknown is there after kill ${kill}`,
    );
  }
});
