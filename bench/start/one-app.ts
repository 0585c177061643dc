import { join } from 'node:path';
import { appName, freePorts, Stamps } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { timed } from '../support/commands.ts';
import { now } from '../support/measure.ts';
import { startPm2 } from '../support/pm2.ts';
import { figure, type Row, type Values } from '../support/rows.ts';
import { startSupervisord } from '../support/supervisord.ts';
import { COMMAND, startToehold } from '../support/toehold.ts';

const NAME = appName(0);

/** One start of a stopped app: by a mutation, by the command, and by the commands of PM2 and supervisord. */
export async function oneApp(bench: Bench): Promise<readonly Row[]> {
  const stamps = new Stamps(join(bench.directory, 'one.stamps'));
  const args = ['--stamps', stamps.path];
  const command = [bench.app, ...args].join(' ');
  const toehold = await startToehold({ directory: bench.directory, apps: 1, command });
  await stamps.next(1);
  const peers = { count: 1, app: bench.app, args };
  const pm2 = await startPm2(bench.directory);
  if (pm2) {
    await pm2.run('start', pm2.configure({ ...peers, firstPort: await freePorts(1) }));
    await stamps.next(1);
  }
  const supervisord = await startSupervisord(bench.directory, { ...peers, firstPort: await freePorts(1) });
  const ask = (field: string) =>
    toehold.ask<object>(`mutation { ${field} { __typename } }`).then((data) => {
      if (!JSON.stringify(data).includes('Success')) throw new Error(JSON.stringify(data));
    });
  const stop = () => ask(`stopApp(input: { app: { name: "${NAME}" }, wait: true })`);
  const start = (wait: boolean) => ask(`startApp(input: { app: { name: "${NAME}" }, wait: ${wait} })`);

  /** Milliseconds from the beginning of `work` until the app listens, and from then until `work` is done. */
  async function listening(work: () => Promise<unknown>): Promise<{ before: number; after: number }> {
    const begin = now();
    const done = work().then(() => now());
    const [[at = Number.NaN], end] = await Promise.all([stamps.next(1), done]);
    return { before: at - begin, after: end - at };
  }

  const values: Record<'mutation' | 'wait' | 'command' | 'pm2' | 'supervisord', number[]> = {
    mutation: [],
    wait: [],
    command: [],
    pm2: [],
    supervisord: [],
  };
  for (let round = 0; round <= bench.rounds; round += 1) {
    await stop();
    values.mutation.push((await listening(() => start(false))).before);
    await toehold.allRun();
    await stop();
    values.wait.push((await listening(() => start(true))).after);
    await stop();
    const own = () => timed(process.execPath, [COMMAND, 'start', NAME], toehold.environment);
    values.command.push((await listening(own)).before);
    await toehold.allRun();
    if (pm2) {
      await pm2.run('stop', NAME);
      const theirs = () => timed(process.execPath, pm2.arguments('start', NAME), pm2.environment);
      values.pm2.push((await listening(theirs)).before);
    }
    if (supervisord) {
      const theirs = () => timed(supervisord.control, supervisord.arguments('start', NAME));
      values.supervisord.push((await listening(theirs)).before);
      await supervisord.run('stop', NAME);
    }
    const text = Object.entries(values).map(([name, all]) => `${name} ${figure(all.at(-1))}`);
    bench.say(`start: one app, ms: ${text.join(', ')}`);
  }
  await supervisord?.end();
  await pm2?.run('delete', 'all');
  await pm2?.end();
  await toehold.end();

  // The first round warms up.
  const of = (all: Values) => all.slice(1);
  const pm2Values = { name: 'pm2 start', values: of(values.pm2) };
  return [
    {
      benchmark: 'start',
      what: '`startApp`: request → app listens',
      unit: 'ms',
      own: of(values.mutation),
      peer: pm2Values,
      target: { kind: 'value', bound: 'most', value: 15 },
    },
    {
      benchmark: 'start',
      what: '`startApp(wait: true)`: app listens → answer',
      unit: 'ms',
      own: of(values.wait),
      peer: null,
      target: { kind: 'value', bound: 'most', value: 15 },
    },
    {
      benchmark: 'start',
      what: '`toehold start app` → app listens',
      unit: 'ms',
      own: of(values.command),
      peer: pm2Values,
      others: [{ name: 'supervisorctl start', values: of(values.supervisord) }],
      target: { kind: 'ratio', bound: 'most', value: 0.6 },
    },
  ];
}
