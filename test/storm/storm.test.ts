import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { ask, makeDataDir, type ServeProcess, serve } from '../support/serve.ts';
import { until } from '../support/until.ts';
import { APPS, layOut, PROGRAM } from './apps.ts';
import { createChecks } from './checks.ts';
import { createCommander } from './commander.ts';
import { createLedger } from './ledger.ts';
import { createListener } from './listener.ts';
import { lookFromOutside } from './outside.ts';
import { createRandom } from './random.ts';

const ROUNDS = Number(process.env.ROUNDS ?? 20);
const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

const SETTINGS = {
  TOEHOLD_STOP_GRACE: '400ms',
  TOEHOLD_STARTUP_TIMEOUT: '60s',
  TOEHOLD_RESTART_DELAYS: '100ms,200ms,400ms',
  TOEHOLD_HEALTH_INTERVAL: '1s',
  TOEHOLD_HEALTH_TIMEOUT: '20s',
  TOEHOLD_WORKER_READY: '200ms',
  TOEHOLD_WATCH_SETTLE: '30ms',
  TOEHOLD_RESCAN_INTERVAL: '2s',
};

/** The cursors of all events behind one, read page by page. */
async function journalBehind(url: string, cursor: string): Promise<string[]> {
  const query = `query ($after: Cursor) {
    events(first: 1000, after: $after) { nodes { cursor } pageInfo { hasNextPage } }
  }`;
  const cursors: string[] = [];
  for (;;) {
    const after = cursors.at(-1) ?? cursor;
    const { data } = await ask<{
      events: { nodes: { cursor: string }[]; pageInfo: { hasNextPage: boolean } };
    }>(url, query, { after });
    cursors.push(...data.events.nodes.map((event) => event.cursor));
    if (!data.events.pageInfo.hasNextPage) return cursors;
  }
}

/** The runs whose exit is not what their scripts left as their status. */
async function unlearnedExits(stateDir: string): Promise<string[]> {
  const database = new SQLite(join(stateDir, 'toehold.db'), { readonly: true });
  const runs = database.prepare("SELECT id, exit_code AS code FROM runs WHERE phase = 'ENDED'").all() as {
    id: number;
    code: number | null;
  }[];
  database.close();
  const found = await Promise.all(
    runs.map(async ({ id, code }) => {
      const status = await readFile(join(stateDir, 'runs', String(id), 'exit'), 'utf8').catch(() => null);
      const left = status === null ? null : Number(status);
      return left === code ? [] : [`run ${id} has exit code ${code}, its script left ${left}`];
    }),
  );
  return found.flat();
}

test(`B-3: the storm: ${ROUNDS} rounds of commands and kills, seed ${SEED}`, {
  timeout: 60_000 + ROUNDS * 30_000,
}, async () => {
  const { path, appsDir } = await makeDataDir();
  const runsDir = join(path, '.toehold/runs');
  await layOut(appsDir);
  const [port = ''] = (await freePorts(1)).split('-');
  const env = { ...SETTINGS, PORT: port, TOEHOLD_PORTS: await freePorts(APPS.length) };
  const random = createRandom(SEED);
  const outside = lookFromOutside({ appsDir, runsDir, program: PROGRAM });
  const commander = createCommander(random);
  const ledger = createLedger(runsDir);
  const listener = createListener(ledger.heard);
  const checks = createChecks(outside, commander.wishes);
  const start = (): Promise<ServeProcess> => serve({ dataDir: path, env });
  const faults: string[] = [];
  let kills = 0;

  async function kill(plane: ServeProcess): Promise<void> {
    plane.child.kill('SIGKILL');
    await plane.ended;
    kills += 1;
  }

  /** Looks all the time, kills or not. */
  let over = false;
  async function watch(): Promise<void> {
    while (!over) {
      for (const fault of await checks.always()) if (!faults.includes(fault)) faults.push(fault);
      await pause(100);
    }
  }

  let plane = await start();
  let url = await plane.ready();
  const { data } = await ask<{ apps: { nodes: { id: string; name: string }[] } }>(
    url,
    '{ apps { nodes { id name } } }',
  );
  for (const wish of commander.wishes)
    wish.id = data.apps.nodes.find(({ name }) => name === wish.app.word)?.id ?? '';
  await listener.readUp(url);
  let endListening = listener.listen(url);
  const watched = watch();
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      faults.push(...(await checks.settled(url)));
      await ledger.balance();
      expect([...faults, ...listener.faults], `round ${round}, seed ${SEED}`).toEqual([]);
      if (round === ROUNDS) {
        const events = await journalBehind(url, listener.events[0] ?? '');
        await until(() => listener.events.includes(events.at(-1) ?? ''), 'every event was heard');
        expect(listener.events.slice(1, events.length + 1)).toEqual(events);
        break;
      }
      const endCommands = commander.begin(url);
      await pause(100 + random.number(900));
      await kill(plane);
      await endCommands();
      await endListening();
      // Some starts do not get far.
      while (random.number(4) === 0) {
        const short = await start();
        await pause(random.number(1_000));
        await kill(short);
      }
      plane = await start();
      url = await plane.ready();
      endListening = listener.listen(url);
    }
  } catch (error) {
    throw new Error(`${String(error)}\nseed ${SEED}\n${plane.stderr().slice(-4_000)}`, { cause: error });
  } finally {
    over = true;
    await watched;
    await endListening();
  }
  plane.child.kill('SIGTERM');
  // 1: those that do not hear it had to be killed.
  expect((await plane.ended).signal).toBeNull();
  expect(await outside.processes()).toEqual([]);
  expect(await unlearnedExits(join(path, '.toehold'))).toEqual([]);
  const { sent, acknowledged } = commander.counts;
  console.log(
    `storm: seed ${SEED}, ${ROUNDS} rounds, ${kills} kills, ${sent} commands (${acknowledged} acknowledged), ` +
      `${ledger.lines()} lines and ${listener.events.length} events compared`,
  );
});
