import { expect, it } from 'vitest';
import { DEFAULT_QUERY } from '../../src/server/default-query.ts';
import { startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/until.ts';

const APPS = 1_000;
const apps = `apps(first: 1000) {
    __typename totalCount
    pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor }
    edges { __typename cursor node {
      __typename id name icon tool state desiredState error warnings health url revision createdAt
      port { __typename id port state holder { __typename pid command } }
      run { __typename id phase cause actor release { name } port pid startedAt readyAt endedAt recoveries }
      restart { __typename at attempt }
      release { __typename name createdAt current }
      usage { __typename cpuPercent memoryBytes processes }
    } }
  }`;

/** The first operation of a document. */
function firstOf(document: string): string {
  return document.slice(0, document.indexOf('\n}\n') + 2);
}

function many(count: number, field: string): string {
  return `{ ${Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ')} }`;
}

it('with 1,000 apps, a page of all of them is allowed, and the largest allowed query does not block others for long', async () => {
  const plane = await startControlPlane();
  plane.driver.behave('*', { start: 'listens' });
  for (let index = 0; index < APPS; index += 1) plane.folders.put(`app-${index}`);
  const running = () => plane.control.supervisor.apps().filter(({ state }) => state === 'RUNNING').length;
  await until(() => running() === APPS, 'all apps run', 90_000);
  for (let index = 0; index < 50; index += 1) plane.print(`app-${index}`, Array(100).fill('a line'));

  for (const [what, query] of Object.entries({
    'a page of all': `{ ${apps} }`,
    'what GraphiQL opens with': firstOf(DEFAULT_QUERY),
    'as many fields as may be': `{ one: ${apps} two: ${apps} }`,
    'pages of lines': '{ apps { nodes { logs(last: 1) { nodes { text } } } } }',
    'pages of runs': '{ apps { nodes { runs(last: 1) { totalCount nodes { id } } } } }',
    'lists of apps': many(100, 'apps(first: 0) { totalCount }'),
    lines: many(18, 'logs(last: 1000) { nodes { text } }'),
  })) {
    const before = process.cpuUsage();
    expect((await plane.query(query)).errors, what).toEqual([]);
    const { user, system } = process.cpuUsage(before);
    // CPU time, whatever else the machine does. It includes reading the response in the test.
    expect((user + system) / 1_000, what).toBeLessThan(3_000);
  }
}, 120_000);
