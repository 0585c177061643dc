import { getIntrospectionQuery } from 'graphql';
import { createClient } from 'graphql-sse';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { DOCUMENT_LIMITS } from '../../src/server/document-limits.ts';
import { createServer } from '../../src/server/index.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';

interface Problem {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

interface Request {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

let plane: ControlPlane;

function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${plane.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${plane.token}`, ...headers },
    body: JSON.stringify(body),
  });
}

/** The errors of an operation over one transport. */
type Ask = (request: Request) => Promise<readonly Problem[]>;

const overHttp: Ask = async (request) => {
  const response = await post(request, { Accept: 'application/json' });
  return ((await response.json()) as { errors?: Problem[] }).errors ?? [];
};

const overSse: Ask = async (request) => {
  const headers = { Authorization: `Bearer ${plane.token}` };
  const client = createClient({ url: `${plane.url}/graphql`, retryAttempts: 0, headers });
  return first(client.iterate({ ...request }));
};

const overWebSocket: Ask = async (request) => first(plane.webSocket().iterate({ ...request }));

async function first(results: AsyncIterableIterator<{ readonly errors?: unknown }>): Promise<Problem[]> {
  try {
    const { value } = await results.next();
    return JSON.parse(JSON.stringify(value?.errors ?? []));
  } catch (errors) {
    if (Array.isArray(errors)) return errors;
    throw errors;
  } finally {
    await results.return?.();
  }
}

const TRANSPORTS: readonly (readonly [string, Ask])[] = [
  ['HTTP', overHttp],
  ['SSE', overSse],
  ['WebSocket', overWebSocket],
];

/** A query with `levels` levels that ends in `name`. */
function deep(levels: number): string {
  const hops = (levels - 2) / 2;
  return `{ app(by: { name: "nobody" }) { ${'run { app { '.repeat(hops)} name ${'} } '.repeat(hops)} } }`;
}

function aliases(count: number, field = 'eventCursor'): string {
  return `{ ${Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ')} }`;
}

const TOO_MUCH: readonly (readonly [string, Request, RegExp])[] = [
  [
    'QUERY_TOO_DEEP',
    { query: deep(DOCUMENT_LIMITS.depth + 1) },
    /is 16 levels deep, and at most 15 are allowed: ask/,
  ],
  [
    'TOO_MANY_ALIASES',
    { query: aliases(DOCUMENT_LIMITS.aliases + 1) },
    /has 101 aliases, and at most 100 are allowed: send several/,
  ],
  [
    'TOO_MANY_DIRECTIVES',
    { query: `{ viewer { ${'name @skip(if: true) '.repeat(DOCUMENT_LIMITS.directives + 1)} role } }` },
    /has 51 directives, and at most 50 are allowed: leave out/,
  ],
  [
    'TOO_MANY_TOKENS',
    { query: `{ viewer { ${'name '.repeat(DOCUMENT_LIMITS.tokens)} } }` },
    /has more than 5,000 tokens .* is allowed: ask for less/,
  ],
  [
    'QUERY_TOO_COSTLY',
    { query: aliases(19, 'logs(last: 1000) { nodes { text } }') },
    /costs 210,900, and at most 200,000 is allowed; .* smaller pages by "first" or "last"/,
  ],
  [
    'QUERY_TOO_COSTLY',
    {
      query:
        'query ($last: Int) { events(last: $last) { nodes { ...More } } } fragment More on AppEvent { app { logs { nodes { text } } } }',
      variables: { last: 1_000 },
    },
    /costs 1,2\d\d,\d{3}, and at most/,
  ],
];

beforeEach(async () => {
  plane = await startControlPlane();
});

describe.each(TRANSPORTS)('over %s', (_transport, ask) => {
  it.each(TOO_MUCH)('%s says the limit, what was found, and what to do', async (code, request, message) => {
    expect(await ask(request)).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(message),
        extensions: { code },
      }),
    ]);
    expect(plane.problems).toEqual([]);
  });

  it('a subscription is checked against the same limits before it begins', async () => {
    const entries = aliases(19, 'logs(last: 100) { nodes { text } }').slice(1, -1);
    const query = `subscription { logs { ... on LogBatch { entries { app { ${entries} } } } } }`;
    expect(await ask({ query })).toMatchObject([{ extensions: { code: 'QUERY_TOO_COSTLY' } }]);
    expect(await ask({ query: `subscription ${aliases(101, '__typename')}` })).not.toEqual([]);
    expect(plane.streams()).toBe(0);
  });

  it('a mutation that exceeds a limit is not carried out', async () => {
    await plane.addApp('alpha');
    const inner = aliases(19, 'logs(last: 1000) { nodes { text } }').slice(1, -1);
    const query = `mutation { stopApp(input: { app: { name: "alpha" } }) { ... on StopAppSuccess { app { ${inner} } } } }`;
    expect(await ask({ query })).toMatchObject([{ extensions: { code: 'QUERY_TOO_COSTLY' } }]);
    expect(plane.control.supervisor.app({ name: 'alpha' })?.desiredState).toBe('RUNNING');
  });
});

describe('an operation just within the limits', () => {
  it.each([
    ['depth', deep(14)],
    ['aliases', aliases(DOCUMENT_LIMITS.aliases)],
    ['directives', `{ viewer { ${'name @skip(if: true) '.repeat(DOCUMENT_LIMITS.directives)} role } }`],
    ['cost', aliases(18, 'logs(last: 1000) { nodes { text } }')],
  ])('is accepted: %s', async (_limit, query) => {
    for (const [, ask] of TRANSPORTS) expect(await ask({ query })).toEqual([]);
  });

  it('a search through lines costs more than reading the last lines', async () => {
    const query = (filter: string) => aliases(100, `logs(last: 1${filter}) { nodes { text } }`);
    expect(await overHttp({ query: query('') })).toEqual([]);
    expect(await overHttp({ query: query(', filter: { contains: "x" }') })).toMatchObject([
      { extensions: { code: 'QUERY_TOO_COSTLY' } },
    ]);
  });

  it('fields of a fragment count once for each spread', async () => {
    const fragment = `fragment Many on Query { ${aliases(50).slice(1, -1)} }`;
    expect(await overHttp({ query: `{ ...Many viewer { name } } ${fragment}` })).toEqual([]);
    expect(await overHttp({ query: `{ ...Many ...Many b: eventCursor } ${fragment}` })).toMatchObject([
      { extensions: { code: 'TOO_MANY_ALIASES' } },
    ]);
  });
});

it('a refusal has status 400 for clients that accept the media type of GraphQL, and 200 for others', async () => {
  for (const [, request] of TOO_MUCH) {
    expect((await post(request, { Accept: 'application/graphql-response+json' })).status).toBe(400);
  }
});

it('over a WebSocket, other operations continue', async () => {
  await plane.addApp('alpha');
  const client = plane.webSocket();
  const lines = client.iterate({ query: 'subscription { logs(last: 0) { ... on LogBatch { lines } } }' });
  await lines.next();
  for (const [code, request] of TOO_MUCH) {
    expect(await first(client.iterate({ ...request }))).toMatchObject([{ extensions: { code } }]);
  }
  plane.print('alpha', ['still here']);
  expect((await lines.next()).value).toMatchObject({ data: { logs: { lines: ['still here'] } } });
});

it('the cost of a document is computed again for other variables', async () => {
  const query =
    'query ($last: Int) { events(last: $last) { nodes { ... on AppEvent { app { logs { nodes { text } } } } } } }';
  for (const [, ask] of TRANSPORTS) {
    expect(await ask({ query, variables: { last: 10 } })).toEqual([]);
    expect(await ask({ query, variables: { last: 1_000 } })).toMatchObject([
      { extensions: { code: 'QUERY_TOO_COSTLY' } },
    ]);
    expect(await ask({ query, variables: { last: 10 } })).toEqual([]);
  }
});

it('only the selected operation of a document counts', async () => {
  const query = `query Small { viewer { name } } query Large ${aliases(19, 'logs(last: 1000) { nodes { text } }')}`;
  for (const [, ask] of TRANSPORTS) {
    expect(await ask({ query, operationName: 'Small' })).toEqual([]);
    expect(await ask({ query, operationName: 'Large' })).toMatchObject([
      { extensions: { code: 'QUERY_TOO_COSTLY' } },
    ]);
  }
});

it('wrong variables are reported as usual, and nothing is carried out', async () => {
  const query = 'query ($by: AppRef!) { viewer { name } app(by: $by) { name } }';
  for (const [, ask] of TRANSPORTS) {
    const [error, ...more] = await ask({ query, variables: { by: { name: 7 } } });
    expect(error?.message).toContain('String cannot represent a non string value: 7');
    expect(more).toEqual([]);
    expect(await ask({ query, variables: {} })).toHaveLength(1);
  }
});

describe('documents that are cheap to send and expensive to process', () => {
  const bomb = Array.from(
    { length: 40 },
    (_, i) => `fragment F${i} on Viewer { name ...F${i + 1} ...F${i + 1} }`,
  );

  it.each([
    ['a field again and again', `{ ${'viewer{name}'.repeat(1_200)} }`],
    ['fragments that double', `{ viewer { ...F0 } } ${bomb.join(' ')} fragment F40 on Viewer { role }`],
    [
      'fragments in a circle',
      '{ apps { nodes { ...A } } } fragment A on App { ...B } fragment B on App { ...A }',
    ],
    ['brackets', `{ apps(filter: { nameContains: ${'['.repeat(4_900)} }) { totalCount } }`],
    [
      'brackets that close',
      `{ apps(filter: { nameContains: ${'['.repeat(1_200)}${']'.repeat(1_200)} }) { totalCount } }`,
    ],
    ['levels', `{ app(by: { name: "a" }) { ${'run { app { '.repeat(400)} name ${'} } '.repeat(400)} } }`],
    [
      'types of fields of types',
      `{ __schema { types ${'{ fields { type '.repeat(20)} { name } ${'} }'.repeat(20)} } }`,
    ],
  ])('%s: refused with little work', async (_name, query) => {
    const before = process.cpuUsage();
    for (const [, ask] of TRANSPORTS) expect(await ask({ query })).not.toEqual([]);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(3_000);
    expect(await overHttp({ query: '{ viewer { name } }' })).toEqual([]);
  });

  it('get an error that says what to do if fields repeat too often', async () => {
    const errors = await overHttp({ query: `{ ${'viewer{name}'.repeat(1_200)} }` });
    expect(errors).toContainEqual(
      expect.objectContaining({
        message: expect.stringContaining('ask for each field once'),
        extensions: { code: 'QUERY_TOO_COSTLY' },
      }),
    );
  });
});

it('lists in arguments can have at most 1,000 items', async () => {
  const many = { apps: Array.from({ length: 1_001 }, () => ({ name: 'a' })), ids: Array(1_001).fill('x') };
  const states = Array(1_001).fill('RUNNING');
  const streams = Array(1_001).fill('STDOUT');
  for (const [query, variables] of [
    ['query ($apps: [AppRef!]) { events(apps: $apps) { nodes { id } } }', { apps: many.apps }],
    ['query ($apps: [AppRef!]) { logs(apps: $apps) { nodes { text } } }', { apps: many.apps }],
    ['subscription ($apps: [AppRef!]) { events(apps: $apps) { __typename } }', { apps: many.apps }],
    ['subscription ($apps: [AppRef!]) { logs(apps: $apps) { __typename } }', { apps: many.apps }],
    ['query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: many.ids }],
    ['query ($states: [AppState!]) { apps(filter: { states: $states }) { totalCount } }', { states }],
    [
      'query ($streams: [LogStream!]) { logs(filter: { streams: $streams }) { nodes { text } } }',
      { streams },
    ],
    [
      'subscription ($streams: [LogStream!]) { logs(filter: { streams: $streams }) { __typename } }',
      { streams },
    ],
  ] as const) {
    const errors = await overWebSocket({ query, variables });
    expect(errors, query).toMatchObject([
      { message: expect.stringMatching(/^"\w+" is 1001: give/), extensions: { code: 'INVALID_PAGE' } },
    ]);
  }
});

it('batched requests are refused', async () => {
  const response = await post([{ query: '{ viewer { name } }' }, { query: '{ viewer { role } }' }]);
  expect(response.status).toBe(400);
  expect(await response.text()).not.toContain('"viewer"');
});

describe('introspection', () => {
  const everything = getIntrospectionQuery({
    ...{ descriptions: true, specifiedByUrl: true, directiveIsRepeatable: true, schemaDescription: true },
    ...{ inputValueDeprecation: true, oneOf: true },
  });

  it('is accepted in full', async () => {
    for (const [, ask] of TRANSPORTS) expect(await ask({ query: everything })).toEqual([]);
  });

  it('needs a token', async () => {
    const { control, events, logs, access, audit, durability } = plane;
    const { supervisor, readiness } = control;
    const log = { info() {}, warn() {}, error() {} };
    const options = { host: '127.0.0.1', port: 0, version: '0.0.0', instance: 'test', auth: true };
    const server = createServer({ ...options, clock: createSystemClock(), log });
    onTestFinished(() => server.close());
    const asking = await server.listen();
    if (!asking.ok) throw new Error(asking.message);
    server.serve({ supervisor, readiness, events, logs, access, audit, durability });
    for (const query of [everything, '{ __typename }', '{ __type(name: "App") { name } }']) {
      const response = await fetch(`${asking.url}/graphql`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      expect(response.status).toBe(401);
      const { errors } = (await response.json()) as { errors: Problem[] };
      expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    }
  });
});
