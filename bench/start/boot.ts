import { setTimeout as pause } from 'node:timers/promises';
import { freePorts } from '../support/apps.ts';
import type { Bench } from '../support/bench.ts';
import { timed } from '../support/commands.ts';
import { residentMb } from '../support/measure.ts';
import { startPm2 } from '../support/pm2.ts';
import { figure, type Row } from '../support/rows.ts';
import { makeToehold } from '../support/toehold.ts';

/** `toehold serve` without apps: from the spawn until /readyz answers 200, and its memory then. */
export async function boot(bench: Bench): Promise<readonly Row[]> {
  const toehold = await makeToehold({ directory: bench.directory });
  const pm2 = bench.quick ? null : await startPm2(bench.directory);
  const port = await freePorts(1);
  const times: number[] = [];
  const node: number[] = [];
  const resident: number[] = [];
  const pm2Resident: number[] = [];
  // The first start makes the database and fills the compile cache.
  for (let round = 0; round <= bench.rounds; round += 1) {
    times.push(await toehold.start(port));
    node.push((await timed(process.execPath, ['-e', '0'])).took);
    await pause(500);
    resident.push(residentMb(toehold.pid));
    if (pm2) pm2Resident.push(residentMb(pm2.pid));
    await toehold.stop();
    bench.say(`start: serve: ${figure(times.at(-1))} ms, ${figure(resident.at(-1))} MB`);
  }
  await pm2?.end();
  await toehold.end();
  return [
    {
      benchmark: 'start',
      what: '`toehold serve` without apps → /readyz is 200',
      unit: 'ms',
      own: times.slice(1),
      peer: { name: 'node -e 0', values: node.slice(1) },
      target: { kind: 'value', bound: 'most', value: 350 },
    },
    {
      benchmark: 'start',
      what: '… its resident memory then',
      unit: 'MB',
      own: resident.slice(1),
      peer: { name: 'PM2 daemon', values: pm2Resident.slice(1) },
      target: { kind: 'value', bound: 'most', value: 90 },
    },
  ];
}
