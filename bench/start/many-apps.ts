import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { appName, freePorts, Stamps } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { timed } from '../support/commands.ts';
import { now, until } from '../support/measure.ts';
import { startPm2 } from '../support/pm2.ts';
import { figure, type Row } from '../support/rows.ts';
import { startSupervisord } from '../support/supervisord.ts';
import { COMMAND, startToehold, type Toehold } from '../support/toehold.ts';

const APPS = 50;

/** Fifty apps: started by a new server, and by the command on a server that runs already. */
export async function manyApps(bench: Bench): Promise<readonly Row[]> {
  const stamps = new Stamps(join(bench.directory, 'many.stamps'));
  const args = ['--stamps', stamps.path];
  const command = [bench.app, ...args].join(' ');
  const toehold = await startToehold({ directory: bench.directory, apps: APPS, command });
  const peers = { count: APPS, app: bench.app, args };
  const pm2 = await startPm2(bench.directory);
  const file = pm2?.configure({ ...peers, firstPort: await freePorts(APPS) }) ?? '';
  const supervisord = await startSupervisord(bench.directory, { ...peers, firstPort: await freePorts(APPS) });

  /** Milliseconds from the beginning of `work` until all apps listen. */
  async function listening(work: () => Promise<unknown>): Promise<number> {
    stamps.clear();
    const begin = now();
    const done = work();
    const times = await stamps.next(APPS);
    await done;
    return Math.max(...times) - begin;
  }

  const values = {
    boot: [] as number[],
    command: [] as number[],
    pm2: [] as number[],
    supervisord: [] as number[],
  };
  for (let round = 0; round <= bench.rounds; round += 1) {
    // The server stops its apps at its end, and starts them at its next start.
    await toehold.stop();
    values.boot.push(await listening(() => toehold.start()));
    await toehold.allRun();
    await stopAll(toehold);
    const start = [COMMAND, 'start', ...allApps()];
    values.command.push(await listening(() => timed(process.execPath, start, toehold.environment)));
    await toehold.allRun();
    if (pm2) {
      const begin = pm2.arguments('start', file);
      values.pm2.push(await listening(() => timed(process.execPath, begin, pm2.environment)));
      await pm2.run('delete', 'all');
    }
    if (supervisord) {
      const begin = supervisord.arguments('start', 'all');
      values.supervisord.push(await listening(() => timed(supervisord.control, begin)));
      await supervisord.run('stop', 'all');
    }
    const text = Object.entries(values).map(([name, all]) => `${name} ${figure(all.at(-1))}`);
    bench.say(`start: 50 apps, ms: ${text.join(', ')}`);
  }
  await supervisord?.end();
  await pm2?.end();
  await toehold.end();
  const peer = { name: 'pm2 start', values: values.pm2.slice(1) };
  const others = [{ name: 'supervisorctl start all', values: values.supervisord.slice(1) }];
  return [
    {
      benchmark: 'start',
      what: '50 apps: `toehold serve` → all listen',
      unit: 'ms',
      own: values.boot.slice(1),
      peer,
      others,
      target: { kind: 'value', bound: 'most', value: 600 },
    },
    {
      benchmark: 'start',
      what: '50 apps: `toehold start` on a running server → all listen',
      unit: 'ms',
      own: values.command.slice(1),
      peer,
      others,
      target: { kind: 'ratio', bound: 'most', value: 0.8 },
    },
  ];
}

/** `--all`, where the command has it; else all names. */
function allApps(): readonly string[] {
  const { stdout } = spawnSync(process.execPath, [COMMAND, 'start', '--help'], { encoding: 'utf8' });
  return stdout.includes('--all') ? ['--all'] : Array.from({ length: APPS }, (_, index) => appName(index));
}

async function stopAll(toehold: Toehold): Promise<void> {
  const [token] = await toehold.tokens(1);
  await Promise.all(
    Array.from({ length: APPS }, (_, index) =>
      toehold.ask(
        `mutation { stopApp(input: { app: { name: "${appName(index)}" }, wait: true }) { __typename } }`,
        {},
        token,
      ),
    ),
  );
  await until('all apps are STOPPED', async () => {
    const { apps } = await toehold.ask<{ apps: { nodes: { state: string }[] } }>(
      '{ apps { nodes { state } } }',
    );
    return apps.nodes.every(({ state }) => state === 'STOPPED');
  });
}
