import { createStage } from '../../test/support/stage.ts';
import type { Bench } from '../support/bench.ts';
import { now } from '../support/measure.ts';
import { figure, type Row } from '../support/rows.ts';

const FEW = 100;
const MANY = 1_000;
const FIRST_PORT = 20_000;

/**
 * What the recovery of one app costs the supervisor and the database, with few and with many apps. A thousand real
 * processes would measure the system, so this part has the fake driver of the tests and not the whole server.
 */
export async function perApp(bench: Bench): Promise<readonly Row[]> {
  const few = await stageOf(FEW);
  const many = await stageOf(MANY);
  const values = { few: [] as number[], many: [] as number[] };
  for (let round = 0; round <= bench.rounds; round += 1) {
    values.few.push(await recovery(few, FEW));
    values.many.push(await recovery(many, MANY));
    bench.say(
      `recover: fake driver, ms per app: ${figure(values.few.at(-1))}, ${figure(values.many.at(-1))}`,
    );
  }
  await few.close();
  await many.close();
  return [
    {
      benchmark: 'recover',
      what: 'recovery per app, 1,000 apps (fake driver)',
      unit: 'ms',
      own: values.many.slice(1),
      peer: { name: '100 apps', values: values.few.slice(1) },
      target: { kind: 'ratio', bound: 'most', value: 1.2 },
    },
  ];
}

type Stage = ReturnType<typeof createStage>;

async function stageOf(apps: number): Promise<Stage> {
  const stage = createStage({ ports: { min: FIRST_PORT, max: FIRST_PORT + apps - 1 } });
  for (let index = 0; index < apps; index += 1) stage.folders.put(`app-${index}`);
  await stage.start();
  await stage.settle();
  return stage;
}

/** Milliseconds per app, from the start after a kill until all are RUNNING. */
async function recovery(stage: Stage, apps: number): Promise<number> {
  const begin = now();
  await stage.crashNow();
  const time = (now() - begin) / apps;
  await stage.settle();
  const running = stage.control.supervisor.apps().filter(({ state }) => state === 'RUNNING');
  if (running.length !== apps) throw new Error(`${running.length} of ${apps} apps are RUNNING`);
  return time;
}
