import { mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createRandom } from '../storm/random.ts';
import { until } from '../support/until.ts';
import { type AppNow, isRunning, makePlane, type Plane } from './plane.ts';

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);
const KILLS = Number(process.env.KILLS ?? 30);
const RELEASES = ['20260101-000000', '20260102-000000'] as const;
const WORKER = { script: 'sleep 600', toes: { port: false } };

/** A value that one client changes again and again: what it is afterwards is what was acknowledged last, or what was under way. */
interface Change {
  readonly values: readonly string[];
  /** What it may be. */
  possible: readonly string[];
  readonly send: (value: string) => Promise<string>;
}

async function addReleases(plane: Plane, name: string): Promise<void> {
  for (const release of RELEASES) {
    await mkdir(join(plane.appsDir, name, release), { recursive: true });
    await writeFile(
      join(plane.appsDir, name, release, 'package.json'),
      JSON.stringify({ scripts: { toes: WORKER.script }, toes: WORKER.toes }),
    );
  }
  await symlink(RELEASES[0], join(plane.appsDir, name, 'current'));
}

/** Changes it until the control plane is gone. */
async function keepChanging(change: Change): Promise<void> {
  for (;;) {
    const [now] = change.possible;
    const next = change.values.find((value) => value !== now) ?? '';
    change.possible = [...change.possible, next];
    const answer = await change.send(next).catch(() => null);
    if (answer === null) return;
    if (!answer.endsWith('Success')) throw new Error(answer);
    change.possible = [next];
  }
}

/** Every app's record that says that something is under way. */
function intents(plane: Plane): unknown[] {
  const database = new SQLite(join(plane.dataDir, '.toehold/toehold.db'), { readonly: true });
  try {
    return database.prepare('SELECT name, intent FROM apps WHERE intent IS NOT NULL').all();
  } finally {
    database.close();
  }
}

test(`B-3: killed within renames, removals, activations and icons, ${KILLS} times: each is done or undone, seed ${SEED}`, {
  timeout: 60_000 + KILLS * 15_000,
}, async () => {
  const random = createRandom(SEED);
  const plane = await makePlane({ TOEHOLD_WORKER_READY: '20ms' });
  await plane.addApp('left', WORKER);
  await plane.addApp('pictured', WORKER);
  await addReleases(plane, 'released');
  await plane.addApp('removed-0', WORKER);
  await plane.start();
  const { id } = await plane.appThat('left', 'runs', isRunning);
  for (const name of ['pictured', 'released', 'removed-0']) await plane.appThat(name, 'runs', isRunning);

  const name: Change = {
    values: ['left', 'right'],
    possible: ['left'],
    send: (to) => byId('renameApp', `, name: "${to}"`),
  };
  const icon: Change = {
    values: ['🦊', '🐻'],
    possible: ['🖥️'],
    send: (to) => plane.command('setAppIcon', 'pictured', `, icon: "${to}"`),
  };
  const release: Change = {
    values: RELEASES,
    possible: [RELEASES[0]],
    send: (to) => plane.command('activateRelease', 'released', `, release: "${to}", wait: true`),
  };
  async function byId(mutation: string, input: string): Promise<string> {
    const { done } = await plane.ask<{ done: { __typename: string; code?: string } }>(
      `mutation { done: ${mutation}(input: { app: { id: "${id}" } ${input} }) { __typename ... on Error { code message } } }`,
    );
    return done.code === undefined ? done.__typename : JSON.stringify(done);
  }

  for (let kill = 0; kill < KILLS; kill += 1) {
    const what = `kill ${kill}, seed ${SEED}`;
    const victim = `removed-${kill}`;
    const done = Promise.all([name, icon, release].map(keepChanging));
    await pause(random.number(100));
    const removed = plane.command('removeApp', victim).catch(() => null);
    await pause(random.number(60));
    await plane.kill();
    await done;
    await plane.addApp(`removed-${kill + 1}`, WORKER);
    await plane.start();

    const { apps } = await plane.ask<{ apps: { nodes: AppNow[] } }>(
      '{ apps { nodes { id name icon release { name } } } }',
    );
    const directories = (await readdir(plane.appsDir)).filter((entry) => !entry.startsWith('.')).sort();
    expect(apps.nodes.map((app) => app.name).sort(), what).toEqual(directories);
    const renamed = apps.nodes.find((app) => app.id === id);
    expect(name.possible, what).toContain(renamed?.name);
    const trash = await readdir(join(plane.appsDir, '.trash')).catch(() => []);
    const isTrashed = trash.some((entry) => entry.startsWith(`${victim}-`));
    expect(isTrashed, what).toBe(!directories.includes(victim));
    if ((await removed)?.endsWith('Success')) expect(isTrashed, what).toBe(true);

    for (const { name: found } of apps.nodes) await plane.appThat(found, 'runs', isRunning);
    await until(() => intents(plane).length === 0, `nothing is under way any more, ${what}`);
    // An activation that did not come to its end may have gone back.
    const current = await readlink(join(plane.appsDir, 'released', 'current'));
    expect(release.possible, what).toContain(current);
    expect((await plane.app('released')).release?.name, what).toBe(current);
    const pictured = JSON.parse(
      await readFile(join(plane.appsDir, 'pictured', 'current', 'package.json'), 'utf8'),
    );
    const shown = (await plane.app('pictured')).icon;
    expect(icon.possible, what).toContain(shown);
    expect(pictured.toes.icon ?? '🖥️', what).toBe(shown);
    expect(await readdir(join(plane.appsDir, 'pictured')), what).toEqual(['current']);
    expect(await readdir(join(plane.appsDir, 'pictured', 'current')), what).toEqual(['package.json']);
    expect((await readdir(join(plane.appsDir, 'released'))).sort(), what).toEqual([...RELEASES, 'current']);
    name.possible = [renamed?.name ?? ''];
    icon.possible = [shown];
    release.possible = [current];
  }
});
