import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { cpuShares } from '../support/measure.ts';
import { startPm2 } from '../support/pm2.ts';
import { figure, type Row } from '../support/rows.ts';
import { startSupervisord } from '../support/supervisord.ts';
import { startToehold } from '../support/toehold.ts';

const APPS = 10;
const WINDOW = 5_000;
/** What follows a start is over after this time. */
const SETTLE = 3_000;

/** Ten apps that print 20 lines a second each while nobody watches. All supervisors run at the same time. */
export async function chatty(bench: Bench): Promise<readonly Row[]> {
  const args = ['--rate', '20'];
  const command = [bench.app, ...args].join(' ');
  const toehold = await startToehold({ directory: bench.directory, apps: APPS, command });
  const peers = { count: APPS, app: bench.app, args };
  const pm2 = await startPm2(bench.directory);
  if (pm2) await pm2.run('start', pm2.configure({ ...peers, firstPort: await freePorts(APPS) }));
  const supervisord = await startSupervisord(bench.directory, { ...peers, firstPort: await freePorts(APPS) });
  await supervisord?.run('start', 'all');
  await pause(SETTLE);
  const pids = [toehold.pid, ...(supervisord ? [supervisord.pid] : []), ...(pm2 ? [pm2.pid] : [])];
  const rounds: (readonly number[])[] = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    rounds.push(await cpuShares(pids, WINDOW));
    bench.say(
      `logs: 10 apps with 20 lines/s, CPU %: ${rounds
        .at(-1)
        ?.map((share) => figure(share))
        .join(', ')}`,
    );
  }
  await supervisord?.end();
  await pm2?.run('delete', 'all');
  await pm2?.end();
  await toehold.end();
  return [
    {
      benchmark: 'logs',
      what: '10 apps, 20 lines/s each, nobody watching: CPU of the supervisor',
      unit: '%',
      own: rounds.map(([share = Number.NaN]) => share),
      peer: {
        name: 'supervisord',
        values: supervisord ? rounds.map((shares) => shares[1] ?? Number.NaN) : [],
      },
      others: [{ name: 'PM2', values: pm2 ? rounds.map((shares) => shares.at(-1) ?? Number.NaN) : [] }],
      target: { kind: 'ratio', bound: 'most', value: 1 },
    },
  ];
}
