import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../fixtures/third-party/report.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/until.ts';
import { sharedServer } from '../support/whole-server.ts';
import { GENERATORS, openWorkshop, type Workshop } from './workshop.ts';

let workshop: Workshop;
beforeAll(async () => {
  workshop = await openWorkshop();
  for (const [name, [tool, ...args]] of Object.entries(GENERATORS)) {
    const { code, output } = await workshop.tool(tool, ...args);
    if (code !== 0) throw new Error(`${name} makes nothing of the SDL:\n${output}`);
  }
}, 90_000);
afterAll(() => workshop.close());

describe('what others generate from the published SDL', () => {
  test('compiles under strict, and a field that is not there does not', async () => {
    const { output } = await workshop.tool('tsc', '-p', '.');
    const errors = output.split('\n').filter((line) => /error TS\d+/.test(line));
    const wrong = errors.filter((line) => line.startsWith('wrong/'));
    expect(errors.filter((line) => !line.startsWith('wrong/'))).toEqual([]);
    expect(wrong.map((line) => /^wrong\/(\w+)\.ts.*'(not\w+)'/.exec(line)?.slice(1))).toEqual([
      ['genql', 'notThere'],
      ['preset', 'notAsked'],
      ['relay', 'notAsked'],
      ['tada', 'notAsked'],
    ]);
  }, 60_000);

  test.each([
    [
      'client-preset',
      'documents.ts',
      /Cannot query field "statf" on type "App"/,
      GENERATORS['client-preset'],
    ],
    ['gql.tada', 'urql.ts', /Cannot query field "statf" on type "App"/, ['gql.tada', 'check']],
    ['Relay', 'relay/documents.ts', /type `App` has no field `statf`/, GENERATORS['the Relay compiler']],
  ] as const)(
    '%s refuses a document that asks for what is not there',
    async (_, file, message, command) => {
      const path = join(workshop.path, file);
      const text = await readFile(path, 'utf8');
      const [tool, ...args] = command;
      await writeFile(path, text.replace(/\bstate\b/, 'statf'));
      const { code, output } = await workshop.tool(tool, ...args).finally(() => writeFile(path, text));
      expect(code).not.toBe(0);
      expect(output).toMatch(message);
    },
    60_000,
  );
});

describe('against a server, this client lists apps, is refused with a type, and sees an app stop', () => {
  /** The report that every program should give. */
  const REPORT: Report = {
    listed: [
      { name: 'bye', state: 'RUNNING' },
      { name: 'hello', state: 'RUNNING' },
    ],
    refused: { type: 'AppNotFoundError', code: 'APP_NOT_FOUND' },
    live: ['STOPPING', 'STOPPED'],
    cached: null,
  };

  async function report(program: string): Promise<Report> {
    const plane = await startControlPlane();
    await plane.addApp('bye');
    await plane.addApp('hello');
    const lines = ['one', 'two', 'three', 'four'];
    plane.print('hello', lines);
    await until(async () => {
      const { logs } = await plane.data<{ logs: { nodes: unknown[] } }>(
        '{ logs(filter: { streams: [STDOUT] }) { nodes { text } } }',
      );
      return logs.nodes.length === lines.length;
    }, 'the lines are in the log');
    return workshop.program<Report>(program, plane.url, plane.token);
  }

  test('genql, with graphql-ws for subscriptions', async () => {
    expect(await report('genql')).toEqual(REPORT);
  }, 60_000);

  test('graphql-sse, with documents of client-preset', async () => {
    expect(await report('sse')).toEqual(REPORT);
  }, 60_000);

  test('Apollo Client, whose cached list takes the state from the mutation’s answer', async () => {
    expect(await report('apollo')).toEqual({ ...REPORT, cached: 'STOPPED' });
  }, 60_000);

  test('urql with gql.tada, whose cached list is asked for again after the mutation', async () => {
    expect(await report('urql')).toEqual({ ...REPORT, cached: 'STOPPED' });
  }, 60_000);

  test('Relay, whose store takes the state from the mutation’s answer, with lists that grow', async () => {
    expect(await report('relay')).toEqual({
      ...REPORT,
      cached: 'STOPPED',
      pages: {
        apps: [['bye'], ['bye', 'hello']],
        lines: [
          ['three', 'four'],
          ['one', 'two', 'three', 'four'],
        ],
      },
    });
  }, 60_000);
});

describe('with a wrong token', () => {
  const server = sharedServer({ bystander: false });

  test.each([
    ['genql', 'The token is unknown'],
    ['sse', '401: Unauthorized'],
    ['apollo', 'The token is unknown'],
    ['urql', 'The token is unknown'],
    ['relay', 'The token is unknown'],
  ])(
    '%s is told why it is refused',
    async (name, reason) => {
      const refused = workshop.program(name, server().url, `toe_aaaaaaaaaa_${'a'.repeat(43)}`);
      await expect(refused).rejects.toThrow(reason);
    },
    60_000,
  );
});
