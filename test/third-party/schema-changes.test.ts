import { describe, expect, test } from 'vitest';
import {
  changelog,
  lastRelease,
  presentSdl,
  schemaChanges,
  unannounced,
} from '../../scripts/schema-changes.ts';

describe('the schema since the last release', () => {
  test('breaks no client without a word in the changelog', async () => {
    const { sdl } = await lastRelease();
    const silent = unannounced(await schemaChanges(sdl, await presentSdl()), await changelog());
    const paths = silent.map(({ path, message }) => `${path}: ${message}`);
    expect(
      paths,
      'name each `path` under [Unreleased] in CHANGELOG.md, and what clients have to change',
    ).toEqual([]);
  });

  test('is compared with the release that the changelog tells last', async () => {
    const { version } = await lastRelease();
    expect(/^## \[(\d.*?)\]/m.exec(await changelog())?.[1]).toBe(version);
  });
});

describe('changes', () => {
  const BEFORE = `
    type Query { app: App, result: Result! }
    type App { name: String!, port: Int, logs(last: Int): [String!] }
    type Done { app: App! }
    type Busy { message: String! }
    union Result = Done
    enum State { RUNNING }
    input Ref { name: String }
  `;
  const changed = async (from: string, to: string) => {
    expect(BEFORE).toContain(from);
    const changes = await schemaChanges(BEFORE, BEFORE.replace(from, to));
    return changes.map(({ criticality, path }) => `${criticality} ${path}`);
  };

  test.each([
    ['a field is gone', ', port: Int,', ',', ['BREAKING App.port']],
    ['a field may be null now', 'name: String!', 'name: String', ['BREAKING App.name']],
    ['an argument has to be given now', 'last: Int', 'last: Int!', ['BREAKING App.logs.last']],
    [
      'a value of an enum is gone',
      'State { RUNNING',
      'State { UP',
      ['BREAKING State.RUNNING', 'DANGEROUS State.UP'],
    ],
    ['an input has to have a new field', 'Ref { ', 'Ref { id: ID!, ', ['BREAKING Ref.id']],
    ['a union has a new member', '= Done', '= Done | Busy', ['DANGEROUS Result']],
    ['an enum has a new value', 'RUNNING', 'RUNNING STOPPED', ['DANGEROUS State.STOPPED']],
    ['a type has a new field', 'App { ', 'App { id: ID!, ', ['SAFE App.id']],
    [
      'a type with a field and a member is new',
      'type Done',
      'union New = Done type Other { id: ID! } type Done',
      ['SAFE New', 'SAFE Other'],
    ],
    [
      'a member comes and another goes',
      'union Result = Done',
      'union Result = Busy',
      ['BREAKING Result', 'DANGEROUS Result'],
    ],
    [
      'a field is deprecated and may be null',
      'name: String!',
      'name: String @deprecated',
      ['BREAKING App.name', 'SAFE App.name.@deprecated', 'SAFE App.name.@deprecated'],
    ],
    ['only a description is another', 'type App', '"An app." type App', []],
    ['a field is never null any more', 'port: Int', 'port: Int!', ['SAFE App.port']],
  ])('%s', async (_, from, to, expected) => {
    expect(await changed(from, to)).toEqual(expected);
  });

  test('that break are announced under the heading for what is not released, and nowhere else', async () => {
    const changes = await schemaChanges(
      BEFORE,
      BEFORE.replace(', port: Int,', ',').replace('= Done', '= Done | Busy'),
    );
    const log = (unreleased: string, released: string) =>
      `## [Unreleased]\n\n${unreleased}\n\n## [0.1.0]\n\n${released}\n`;
    const silent = (text: string) => unannounced(changes, text).map(({ path }) => path);
    expect(silent(log('- `App.port` is gone: ask for `App.url`.', ''))).toEqual([]);
    expect(silent(log('', '- `App.port` is new.'))).toEqual(['App.port']);
    expect(silent(log('- `App.ports` is gone.', ''))).toEqual(['App.port']);
    expect(silent('## [Unreleased]\n\n- `App.port`')).toEqual([]);
    expect(silent('')).toEqual(['App.port']);
  });
});
