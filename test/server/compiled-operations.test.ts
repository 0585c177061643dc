import {
  execute,
  type GraphQLInterfaceType,
  getNamedType,
  isCompositeType,
  isObjectType,
  parse,
  validate,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { CACHEABLE, isCacheable } from '../../schema/cacheable.ts';
import { schema } from '../../schema/index.ts';
import { countFields, executeOften } from '../../src/server/compiled-operations.ts';
import { type Caller, callerOf } from '../schema/caller.ts';
import { startControlPlane } from '../support/control-plane.ts';

/** Executions after which an operation is compiled, with room for the library to load. */
const OFTEN = 20;

async function arrange() {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  await plane.addApp('beta', { start: { exits: 3 } });
  return { plane, admin: callerOf(plane, 'ADMIN') };
}

async function often({ createContext }: Caller, text: string, variableValues = {}, rootValue?: unknown) {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const args = { schema, document, variableValues, rootValue, contextValue: createContext() };
  const plain = JSON.stringify(await execute(args));
  for (let time = 0; time < OFTEN; time += 1) {
    expect(JSON.stringify(await executeOften(args))).toBe(plain);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return JSON.parse(plain);
}

/** All cacheable fields of a type, and below. */
function selection(typeName: string, depth: number): string {
  const type = schema.getType(typeName);
  if (!isObjectType(type)) throw new Error(`There is a type ${typeName}`);
  const fields = (CACHEABLE[typeName] ?? []).flatMap((name) => {
    const field = type.getFields()[name];
    if (!field) throw new Error(`${typeName} has a field ${name}`);
    const below = getNamedType(field.type);
    if (!isCompositeType(below)) return [name];
    return depth === 0 ? [] : [`${name} ${selection(below.name, depth - 1)}`];
  });
  return `{ __typename ${fields.join(' ')} }`;
}

describe('compiled code', () => {
  it('has the result of graphql for all fields whose answers are kept', async () => {
    const { admin } = await arrange();
    const app = `app(by: { name: "alpha" }) ${selection('App', 2)}`;
    const text = `{ ${app} apps ${selection('AppConnection', 2)} supervisor ${selection('Supervisor', 1)} }`;
    expect(isCacheable(schema, parse(text))).toBe(true);
    expect((await often(admin, text)).data.app.name).toBe('alpha');
  });

  it('has the result of graphql for variables, fragments, directives and aliases', async () => {
    const { admin } = await arrange();
    const text = `
      query Q($first: Int = 1, $with: Boolean!, $states: [AppState!]) {
        apps(first: $first, filter: { states: $states }) { ...Page more: totalCount @include(if: $with) }
      }
      fragment Page on AppConnection { nodes { ...Name @skip(if: $with) id } totalCount }
      fragment Name on App { title: name state }`;
    await often(admin, text, { with: true, first: 2 });
    await often(admin, text, { with: false, states: ['RUNNING'] });
  });

  it('has the result of graphql for payloads of streams', async () => {
    const { plane, admin } = await arrange();
    const [app] = plane.control.supervisor.apps();
    const record = {
      position: { mark: 1, byte: 2 },
      app: 1,
      run: 1,
      stream: 'STDERR',
      at: 5,
      text: 'é\n"',
      truncated: false,
    };
    const payload = { type: 'LogBatch', cursor: 'c', live: true, entries: [{ record, app, run: app?.run }] };
    const text =
      'subscription { logs { __typename ... on LogBatch { cursor live lines entries { at stream text app { name } run { id } } } } }';
    expect((await often(admin, text, {}, payload)).data.logs.lines).toEqual(['é\n"']);
    await often(admin, text, {}, { type: 'StreamHeartbeat', cursor: 'c' });
  });

  it('has the errors of graphql', async () => {
    const { admin } = await arrange();
    const { errors } = await often(
      admin,
      'query Q($n: Int) { apps(first: $n) { nodes { name } } viewer { name } }',
      { n: 5_000 },
    );
    expect(errors[0]).toMatchObject({ extensions: { code: 'INVALID_PAGE' }, path: ['apps'] });
  });

  it('is not made of fragments that double with each other', async () => {
    const { admin } = await arrange();
    const levels = Array.from(
      { length: 18 },
      (_, n) =>
        `fragment F${n} on App { run { app { ...F${n + 1} } } current: run { app { ...F${n + 1} } } }`,
    );
    const text = `{ app(by: { name: "nobody" }) { ...F0 } } ${levels.join(' ')} fragment F18 on App { name }`;
    expect((await often(admin, text)).data).toEqual({ app: null });
  });
});

it('a field that looks at the system, files, logs, tokens or the clock is not cacheable', () => {
  for (const field of [
    'apps { nodes { usage { processes } } }',
    'apps { nodes { port { state } } }',
    'apps { nodes { logs { nodes { text } } } }',
    'apps { nodes { releases { name } } }',
    'apps { nodes { access { __typename } } }',
    'apps { nodes { warnings } }',
    'apps { nodes { runs { nodes { id } } } }',
    'supervisor { memoryBytes }',
    'viewer { name }',
    'node(id: "x") { id }',
  ]) {
    const document = parse(`{ ${field} }`);
    expect(validate(schema, document), field).toEqual([]);
    expect(isCacheable(schema, document), field).toBe(false);
  }
});

it('code is counted with each fragment and each type that a field can belong to', () => {
  const count = (text: string) => countFields(schema, parse(text), '');
  const events = Number(schema.getPossibleTypes(schema.getType('Event') as GraphQLInterfaceType).length);
  expect(count('{ apps { nodes { name } } }')).toBe(3);
  expect(count('subscription { events { ... on EventBatch { events { id } } } }')).toBe(1 + 3 * (1 + events));
  expect(
    count('{ a: app(by: { id: 1 }) { ...F } b: app(by: { id: 2 }) { ...F } } fragment F on App { id name }'),
  ).toBe(6);
});
