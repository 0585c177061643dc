import { expect, test } from 'vitest';
import { createListener, type HeardLine } from '../storm/listener.ts';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { isRunning, makePlane, type Plane } from './plane.ts';

/** All that the API has of a list, read page by page. */
async function everything(plane: Plane, list: 'events' | 'logs'): Promise<string[]> {
  const cursors: string[] = [];
  for (let after: string | null = null; ; ) {
    const page: {
      list: { nodes: { cursor: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    } = await plane.ask(
      `query ($after: Cursor) { list: ${list}(first: 500, after: $after) { nodes { cursor } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    cursors.push(...page.list.nodes.map(({ cursor }) => cursor));
    if (!page.list.pageInfo.hasNextPage) return cursors;
    after = page.list.pageInfo.endCursor;
  }
}

test('B-26: a client that was connected before a kill goes on after it: nothing is missed, and nothing comes twice', async () => {
  const plane = await makePlane();
  const heard: HeardLine[] = [];
  const listener = createListener((line) => heard.push(line));
  await plane.addApp('counts', { script: program('count', 1, 5), toes: { port: false } });
  await plane.addApp('crashes', { script: program('serve', '--crash-after', 150) });
  await plane.start();
  await plane.appThat('counts', 'runs', isRunning);
  for (let kill = 0; kill < 4; kill += 1) {
    const end = listener.listen(plane.url);
    const before = { lines: heard.length, events: listener.events.length };
    await until(
      () => heard.length > before.lines + 100 && listener.events.length > before.events + 3,
      'lines and events come',
    );
    await plane.kill();
    await end();
    await plane.start();
  }
  const end = listener.listen(plane.url);
  await plane.command('stopApp', 'crashes', ', wait: true');
  await plane.command('stopApp', 'counts', ', wait: true');
  const [lines, events] = [await everything(plane, 'logs'), await everything(plane, 'events')];
  await until(
    () => heard.at(-1)?.cursor === lines.at(-1) && listener.events.at(-1) === events.at(-1),
    'all of it has come',
  );
  await end();
  expect(listener.faults).toEqual([]);
  // It began with what there was when it came, or with what came then.
  expect(heard.map(({ cursor }) => cursor)).toEqual(lines.slice(lines.indexOf(heard[0]?.cursor ?? '')));
  expect(listener.events).toEqual(events.slice(events.indexOf(listener.events[0] ?? '')));
  const counted = heard
    .filter(({ text }) => text.startsWith('line '))
    .map(({ text }) => Number(text.slice(5)));
  expect(counted).toEqual(counted.map((_, index) => index + (counted[0] ?? 0)));
});
