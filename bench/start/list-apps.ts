import { freePorts } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { timed } from '../support/commands.ts';
import { startPm2 } from '../support/pm2.ts';
import { figure, type Row } from '../support/rows.ts';
import { COMMAND, startToehold } from '../support/toehold.ts';

const APPS = 100;

/** `toehold ls` as a whole process, against `pm2 ls` and a process of Node that does nothing. */
export async function listApps(bench: Bench): Promise<readonly Row[]> {
  const toehold = await startToehold({ directory: bench.directory, apps: APPS, command: bench.app });
  const pm2 = await startPm2(bench.directory);
  const peers = { count: APPS, app: bench.app, args: [], firstPort: await freePorts(APPS) };
  if (pm2) await pm2.run('start', pm2.configure(peers));
  const own: number[] = [];
  const theirs: number[] = [];
  const node: number[] = [];
  for (let round = 0; round <= bench.rounds; round += 1) {
    own.push((await timed(process.execPath, [COMMAND, 'ls'], toehold.environment)).took);
    if (pm2) theirs.push((await timed(process.execPath, pm2.arguments('ls'), pm2.environment)).took);
    node.push((await timed(process.execPath, ['-e', '0'])).took);
    bench.say(
      `start: ls: ${figure(own.at(-1))} ms, pm2 ${figure(theirs.at(-1))}, node ${figure(node.at(-1))}`,
    );
  }
  await pm2?.run('delete', 'all');
  await pm2?.end();
  await toehold.end();
  // The first round warms up.
  const peer = { name: 'pm2 ls', values: theirs.slice(1) };
  const nothing = { name: 'node -e 0', values: node.slice(1) };
  return [
    {
      benchmark: 'start',
      what: '`toehold ls` of 100 apps',
      unit: 'ms',
      own: own.slice(1),
      peer,
      others: [nothing],
      target: { kind: 'ratio', bound: 'most', value: 0.6 },
    },
    {
      benchmark: 'start',
      what: '… over `node -e 0`',
      unit: 'ms',
      own: own.map((value, round) => value - (node[round] ?? 0)).slice(1),
      peer: null,
      target: { kind: 'value', bound: 'most', value: 40 },
    },
  ];
}
