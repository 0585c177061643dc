import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { connect, EventsPageDocument, type ToeholdClient } from '../../client/index.ts';
import { writeAppFolder } from '../support/app-folder.ts';
import { freePorts } from '../support/free-ports.ts';
import { program } from '../support/programs.ts';
import { makeDataDir, runProcess, type ServeProcess } from '../support/serve.ts';
import { until } from '../support/until.ts';

const KILLS = Number(process.env.KILLS ?? 50);

const ROOT = new URL('../../', import.meta.url);
const isBuilt =
  spawnSync('sh', [fileURLToPath(new URL('scripts/build.sh', ROOT)), '--is-fresh']).status === 0;
const PROGRAM = isBuilt ? ['dist/src/compose.js', 'dist/src/main.js'] : ['src/compose.ts', 'src/main.ts'];

/** A server that has loaded its program and waits to start. */
function standBy(env: Readonly<Record<string, string>>): ServeProcess {
  const standby = fileURLToPath(new URL('test/fixtures/client/standby.mjs', ROOT));
  const loader = isBuilt ? [] : ['--import', import.meta.resolve('tsx')];
  const modules = PROGRAM.map((path) => new URL(path, ROOT).href);
  return runProcess(process.execPath, [...loader, standby, ...modules], env);
}

/** Reads a stream until the end of the test. */
function gather<Item>(items: AsyncIterable<Item>, take: (item: Item) => void): Promise<void> {
  return (async () => {
    for await (const item of items) take(item);
  })();
}

/** The whole journal after a cursor. */
async function journal(toehold: ToeholdClient, after: string, until: string): Promise<string[]> {
  const ids: string[] = [];
  for (let from = after; ; ) {
    const { events } = await toehold.request(EventsPageDocument, { after: from, first: 1_000 });
    for (const { id } of events.nodes) {
      ids.push(id);
      if (id === until) return ids;
    }
    if (events.pageInfo.endCursor == null) throw new Error(`The journal ends before ${until}`);
    from = events.pageInfo.endCursor;
  }
}

test(`${KILLS} times kill -9 of the server: follow misses no line and no event, and repeats none`, {
  timeout: 240_000,
}, async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'counter', { script: program('count', 10, 5), toes: { port: false } });
  await writeAppFolder(appsDir, 'crashing', { script: 'sleep 0.1; exit 1' });
  const [port = ''] = (await freePorts(1)).split('-');
  const env = {
    DATA_DIR: path,
    PORT: port,
    TOEHOLD_PORTS: await freePorts(5),
    TOEHOLD_RESTART_DELAYS: '50ms',
  };
  const begin = async (server: ServeProcess): Promise<string> => {
    server.child.stdin.write('\n');
    return server.ready();
  };
  let server = standBy(env);
  const url = await begin(server);
  const token = (await readFile(join(path, '.toehold/token'), 'utf8')).trim();
  const toehold = connect({ url, token });
  const stop = new AbortController();
  const { signal } = stop;
  onTestFinished(() => toehold.close());

  const lines: string[] = [];
  const events: { readonly id: string; readonly cursor: string }[] = [];
  const others: unknown[] = [];
  let away = 0;
  const gathering = Promise.all([
    gather(
      toehold.follow.logs({ apps: [{ name: 'counter' }], last: 1_000, signal, status: true }),
      (item) => {
        if (item.kind === 'line') lines.push(...(item.stream === 'STDOUT' ? [item.text] : []));
        else if (item.kind === 'status') away += item.state === 'away' ? 1 : 0;
        else others.push(item);
      },
    ),
    gather(toehold.follow.events({ signal }), (item) => {
      if (item.kind === 'event') events.push(item);
      else others.push(item);
    }),
  ]);
  const somethingNew = async (): Promise<void> => {
    const seen = [lines.length, events.length] as const;
    await until(() => lines.length > seen[0] && events.length > seen[1], 'both bring something new', 30_000);
  };

  for (let kill = 0; kill < KILLS; kill += 1) {
    const next = standBy(env);
    await somethingNew();
    server.child.kill('SIGKILL');
    await server.ended;
    server = next;
    expect(await begin(server)).toBe(url);
  }
  await somethingNew();

  stop.abort();
  await gathering;
  expect(others).toEqual([]);
  expect(away).toBeGreaterThanOrEqual(KILLS);
  expect(lines).toEqual(lines.map((_, index) => `line ${index + 1}`));
  const [first, last] = [events[0], events.at(-1)];
  expect(events.slice(1).map(({ id }) => id)).toEqual(
    await journal(toehold, first?.cursor ?? '', last?.id ?? ''),
  );
});
