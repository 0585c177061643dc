import { beforeEach, describe, expect, it } from 'vitest';
import { graphql } from '../generated/index.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/until.ts';

const Apps = graphql(`
  query Apps($first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: AppFilter) {
    apps(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      totalCount
      nodes { name }
      edges { cursor node { name } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`);

const Runs = graphql(`
  query Runs($first: Int, $after: Cursor, $last: Int, $before: Cursor) {
    app(by: { name: "alpha" }) {
      runs(first: $first, after: $after, last: $last, before: $before) {
        totalCount
        nodes { id cause }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
  }
`);

const Logs = graphql(`
  query Logs($apps: [AppRef!], $first: Int, $after: Cursor, $last: Int, $before: Cursor, $filter: LogFilter) {
    logs(apps: $apps, first: $first, after: $after, last: $last, before: $before, filter: $filter) {
      nodes { text cursor stream app { name } run { id } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`);

const Events = graphql(`
  query Events($apps: [AppRef!], $first: Int, $after: Cursor, $last: Int, $before: Cursor) {
    events(apps: $apps, first: $first, after: $after, last: $last, before: $before) {
      nodes { __typename cursor }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
`);

let plane: ControlPlane;
beforeEach(async () => {
  plane = await startControlPlane();
});

describe('apps', () => {
  beforeEach(async () => {
    for (const name of ['delta', 'alpha', 'charlie', 'bravo', 'echo']) await plane.addApp(name);
  });

  const page = async (args: object) => {
    const { apps } = await plane.data(Apps, args);
    return { names: apps.nodes.map(({ name }) => name).join(' '), ...apps.pageInfo, apps };
  };

  it('A6: are ordered by name, all of them by default, and counted', async () => {
    const { names, apps, hasNextPage, hasPreviousPage } = await page({});
    expect(names).toBe('alpha bravo charlie delta echo');
    expect(apps.totalCount).toBe(5);
    expect([hasNextPage, hasPreviousPage]).toEqual([false, false]);
    expect(apps.edges.map(({ node }) => node)).toEqual(apps.nodes);
  });

  it('are paged forward and backward by cursors', async () => {
    const one = await page({ first: 2 });
    expect(one).toMatchObject({ names: 'alpha bravo', hasNextPage: true, hasPreviousPage: false });
    const two = await page({ first: 2, after: one.endCursor });
    expect(two).toMatchObject({ names: 'charlie delta', hasNextPage: true, hasPreviousPage: true });
    const three = await page({ first: 2, after: two.endCursor });
    expect(three).toMatchObject({ names: 'echo', hasNextPage: false, hasPreviousPage: true });
    const end = await page({ last: 2 });
    expect(end).toMatchObject({ names: 'delta echo', hasNextPage: false, hasPreviousPage: true });
    const back = await page({ last: 2, before: end.startCursor });
    expect(back).toMatchObject({ names: 'bravo charlie', hasNextPage: true, hasPreviousPage: true });
    expect(await page({ first: 3, last: 1 })).toMatchObject({
      names: 'charlie',
      hasNextPage: true,
      hasPreviousPage: true,
    });
    expect(await page({ first: 0 })).toMatchObject({ names: '', hasNextPage: true, startCursor: null });
  });

  it('continue after the cursor of a removed app', async () => {
    const { endCursor } = await page({ first: 2 });
    await plane.data('mutation { removeApp(input: { app: { name: "bravo" } }) { __typename } }');
    expect(await page({ first: 1, after: endCursor })).toMatchObject({ names: 'charlie' });
    expect(await page({ last: 1, before: endCursor })).toMatchObject({ names: 'alpha' });
  });

  it('are filtered, and counted after filtering', async () => {
    await plane.data('mutation { stopApp(input: { app: { name: "echo" }, wait: true }) { __typename } }');
    expect(await page({ filter: { states: ['STOPPED'] } })).toMatchObject({
      names: 'echo',
      apps: { totalCount: 1 },
    });
    expect((await page({ filter: { nameContains: 'l', states: ['RUNNING'] } })).names).toBe(
      'alpha charlie delta',
    );
    expect((await page({ filter: { tool: true } })).names).toBe('');
    expect((await page({ filter: { tool: false }, first: 1 })).names).toBe('alpha');
  });

  it('refuses a page that is too large or negative with a code, and says what is valid', async () => {
    for (const args of [{ first: -1 }, { last: -1 }, { first: 1_001 }, { last: 5_000 }]) {
      const { errors } = await plane.query(Apps, args);
      const [[name, size] = []] = Object.entries(args);
      expect(errors).toMatchObject([
        {
          message: `"${name}" is ${size}: give a number from 0 to 1000, or leave it out`,
          extensions: { code: 'INVALID_PAGE' },
        },
      ]);
    }
  });

  it('every list refuses a foreign cursor with BAD_CURSOR', async () => {
    for (const document of [Apps, Logs, Events, Runs]) {
      for (const cursor of ['nonsense', '', '💥', 'a'.repeat(10_000)]) {
        for (const side of ['after', 'before']) {
          const { errors } = await plane.query<unknown>(document, { first: 1, [side]: cursor });
          expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['BAD_CURSOR']);
        }
      }
    }
  });
});

describe('runs', () => {
  it('are ordered newest first, in both directions', async () => {
    await plane.addApp('alpha');
    for (let round = 0; round < 4; round += 1) {
      await plane.data(
        'mutation { restartApp(input: { app: { name: "alpha" }, wait: true }) { __typename } }',
      );
    }
    const page = async (args: object) => {
      const { app } = await plane.data(Runs, args);
      if (!app) throw new Error('no alpha');
      return { ids: app.runs.nodes.map(({ id }) => id), ...app.runs.pageInfo, ...app.runs };
    };
    const all = await page({});
    expect(all.totalCount).toBe(5);
    expect(all.nodes.slice(0, 4).map(({ cause }) => cause)).toEqual(Array(4).fill('COMMAND'));
    expect(all.nodes[4]?.cause).not.toBe('COMMAND');
    const newest = await page({ first: 2 });
    expect(newest.ids).toEqual(all.ids.slice(0, 2));
    expect([newest.hasPreviousPage, newest.hasNextPage]).toEqual([false, true]);
    const next = await page({ first: 2, after: newest.endCursor });
    expect(next.ids).toEqual(all.ids.slice(2, 4));
    expect([next.hasPreviousPage, next.hasNextPage]).toEqual([true, true]);
    const oldest = await page({ last: 2 });
    expect(oldest.ids).toEqual(all.ids.slice(3));
    expect([oldest.hasPreviousPage, oldest.hasNextPage]).toEqual([true, false]);
    expect((await page({ last: 2, before: oldest.startCursor })).ids).toEqual(all.ids.slice(1, 3));
  });
});

describe('logs', () => {
  const page = async (args: object) => {
    const { logs } = await plane.data(Logs, args);
    return { texts: logs.nodes.map(({ text }) => text), ...logs.pageInfo, nodes: logs.nodes };
  };

  it('are ordered oldest first, in both directions; by default the newest 100', async () => {
    await plane.addApp('alpha');
    const lines = Array.from({ length: 150 }, (_, n) => `line ${n}`);
    const run = plane.print('alpha', lines);
    const filter = { streams: ['STDOUT'] };
    await until(async () => (await page({ last: 1, filter })).texts[0] === 'line 149', 'all lines are seen');

    const newest = await page({ filter });
    expect(newest.texts).toEqual(lines.slice(50));
    expect([newest.hasPreviousPage, newest.hasNextPage]).toEqual([true, false]);
    expect(newest.nodes[0]).toMatchObject({ app: { name: 'alpha' }, stream: 'STDOUT' });
    const oldest = await page({ filter, first: 10 });
    expect(oldest.texts).toEqual(lines.slice(0, 10));
    expect([oldest.hasPreviousPage, oldest.hasNextPage]).toEqual([false, true]);
    const next = await page({ filter, after: oldest.endCursor });
    expect(next.texts, 'behind a cursor the next 100').toEqual(lines.slice(10, 110));
    expect([next.hasPreviousPage, next.hasNextPage]).toEqual([true, true]);
    const before = await page({ filter, before: newest.startCursor, last: 5 });
    expect(before.texts).toEqual(lines.slice(45, 50));
    expect((await page({ filter: { contains: 'line 14', since: '2020-01-01T00:00:00Z' } })).texts).toEqual(
      lines.filter((line) => line.includes('line 14')),
    );

    const { app } = await plane.data<{
      app: { logs: { nodes: { text: string }[] }; run: { logs: { nodes: { text: string }[] } } };
    }>(
      '{ app(by: { name: "alpha" }) { logs(last: 1) { nodes { text } } run { logs(last: 2) { nodes { text } } } } }',
    );
    expect(run).toBeGreaterThan(0);
    expect(app.logs.nodes).toEqual([{ text: 'line 149' }]);
    expect(app.run.logs.nodes).toEqual([{ text: 'line 148' }, { text: 'line 149' }]);
  });

  it('are those of the selected apps; an unknown app is an error with a code', async () => {
    await plane.addApp('alpha');
    await plane.addApp('bravo');
    plane.print('bravo', ['from bravo']);
    await until(async () => (await page({ last: 1 })).texts[0] === 'from bravo', 'the line is seen');
    const { nodes } = await page({ apps: [{ name: 'alpha' }] });
    expect(new Set(nodes.map(({ app }) => app.name))).toEqual(new Set(['alpha']));
    expect((await page({ apps: [{ name: 'alpha' }, { name: 'bravo' }] })).texts).toContain('from bravo');
    expect((await page({ apps: [] })).texts).toEqual([]);
    for (const by of [
      { name: 'nobody' },
      { id: 'nonsense' },
      { id: btoa('App:99') },
      { id: btoa('Run:1') },
    ]) {
      const { errors } = await plane.query(Logs, { apps: [by] });
      expect(errors).toMatchObject([{ extensions: { code: 'APP_NOT_FOUND' } }]);
      expect(errors[0]?.message).toContain(by.name ?? by.id);
    }
  });
});

describe('events', () => {
  const page = async (args: object) => {
    const { events } = await plane.data(Events, args);
    return { cursors: events.nodes.map(({ cursor }) => cursor), ...events.pageInfo, nodes: events.nodes };
  };

  it('are ordered oldest first, in both directions, and are those of the selected apps', async () => {
    await plane.addApp('alpha');
    await plane.addApp('bravo');
    const all = await page({});
    expect(all.nodes[0]).toMatchObject({ __typename: 'SupervisorStartedEvent' });
    const first = await page({ first: 2 });
    expect(first.cursors).toEqual(all.cursors.slice(0, 2));
    expect([first.hasPreviousPage, first.hasNextPage]).toEqual([false, true]);
    expect((await page({ after: first.endCursor })).cursors).toEqual(all.cursors.slice(2));
    const last = await page({ last: 2 });
    expect(last.cursors).toEqual(all.cursors.slice(-2));
    expect([last.hasPreviousPage, last.hasNextPage]).toEqual([true, false]);
    const bravo = await page({ apps: [{ name: 'bravo' }] });
    expect(bravo.nodes[0]).toMatchObject({ __typename: 'AppAddedEvent' });
    expect(bravo.nodes.length).toBeLessThan(all.nodes.length - 1);
  });

  it('report a disk that is nearly full, and that it has space again', async () => {
    plane.journal.record({ type: 'DiskLow', freeBytes: 12_345_678 });
    plane.journal.record({ type: 'DiskRecovered' });
    const query = '{ events(last: 2) { nodes { __typename actor ... on DiskLowEvent { freeBytes } } } }';
    expect((await plane.query(query)).data).toEqual({
      events: {
        nodes: [
          { __typename: 'DiskLowEvent', actor: 'supervisor', freeBytes: 12_345_678 },
          { __typename: 'DiskRecoveredEvent', actor: 'supervisor' },
        ],
      },
    });
  });
});
