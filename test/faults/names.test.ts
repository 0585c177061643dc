import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { sharedServer } from '../support/whole-server.ts';

const server = sharedServer({
  before: ({ addApp }) => addApp('named', { script: program('serve') }),
});

const RULE = 'Name must start with a letter and contain only lowercase letters, numbers, and hyphens';

interface Listed {
  readonly apps: {
    readonly nodes: readonly {
      name: string;
      state: string;
      error: string | null;
      runs: { totalCount: number };
    }[];
  };
}
const LIST = '{ apps { nodes { name state error runs(first: 1) { totalCount } } } }';

describe('A18: a rename to', () => {
  test.for([
    ['..', '..', RULE],
    ['a path', '../named2', RULE],
    ['a path of two names', 'a/b', RULE],
    ['the root', '/', RULE],
    ['an absolute path', '/tmp/x', RULE],
    ['a dot', '.', RULE],
    ['the trash', '.trash', RULE],
    ['a name with a NUL', 'na\0me', RULE],
    ['a name that ends in a line feed', 'name\n', RULE],
    ['upper case', 'Named', RULE],
    ['nothing', '', RULE],
    ['a blank', ' ', RULE],
    ['a digit first', '1named', RULE],
    ['letters of another script', 'näme', RULE],
    ['300 characters', 'n'.repeat(300), 'Name must have at most 63 characters'],
    ['64 characters', 'n'.repeat(64), 'Name must have at most 63 characters'],
  ] as const)('%s is refused, and nothing is touched', async ([, to, message]) => {
    const { appsDir, rename, waitForState } = server();
    const before = await waitForState('named', 'RUNNING');
    const files = await readdir(appsDir);
    expect(await rename('named', to)).toEqual({
      ...{ __typename: 'InvalidInputError', code: 'NAME_INVALID', message },
    });
    expect(await readdir(appsDir)).toEqual(files);
    expect(await server().app('named')).toEqual(before);
  });

  test('a name of 63 characters is done, and the way back too', async () => {
    const { rename, waitForState } = server();
    const { run, ...before } = await waitForState('named', 'RUNNING');
    const to = 'n'.repeat(63);
    expect((await rename('named', to)).__typename).toBe('RenameAppSuccess');
    await waitForState(to, 'RUNNING');
    expect((await rename(to, 'named')).__typename).toBe('RenameAppSuccess');
    const { run: newRun, ...after } = await waitForState('named', 'RUNNING');
    expect(after).toEqual(before);
    expect(newRun?.pid).not.toBe(run?.pid);
  });

  test('anything, of an app that is not there, is "App not found"', async () => {
    for (const name of ['nobody', '..', '../named', 'na\0med', 'N'.repeat(300), '']) {
      expect(await server().rename(name, 'UPPER')).toMatchObject({
        ...{ __typename: 'AppNotFoundError', message: expect.stringMatching(/^App not found: /) },
      });
    }
  });
});

describe('A3: a directory whose name is no app name', () => {
  const names = [
    'Upper',
    'with space',
    '1digit',
    'under_score',
    'a\nb',
    'quo"te',
    'n'.repeat(64),
    'n'.repeat(255),
    'ünï',
    '-dash',
    'emoji🐙',
  ];

  test('is listed as INVALID with why, is not started and not written to', async () => {
    const { appsDir, ask, command } = server();
    for (const name of names) {
      await mkdir(join(appsDir, name, 'current'), { recursive: true });
      const manifest = { scripts: { toes: 'touch was-started' } };
      await writeFile(join(appsDir, name, 'current', 'package.json'), JSON.stringify(manifest));
    }
    const listed = await until(async () => {
      const { apps } = await ask<Listed>(LIST);
      const found = apps.nodes.filter(({ name }) => names.includes(name));
      return found.length === names.length ? found : undefined;
    }, 'all are listed');
    for (const { name, state, error, runs } of listed) {
      expect(state, name).toBe('INVALID');
      expect(error, name).toMatch(/^Name must /);
      expect(runs.totalCount, name).toBe(0);
      expect(await command('startApp', name), name).toMatchObject({ __typename: 'AppInvalidError' });
      const { done } = await ask<{ done: { __typename: string } }>(
        'mutation ($by: AppRef!) { done: setAppIcon(input: { app: $by, icon: "🐙" }) { __typename } }',
        { by: { name } },
      );
      expect(done.__typename, name).toBe('AppInvalidError');
      expect(await readdir(join(appsDir, name)), name).toEqual(['current']);
      expect(await readdir(join(appsDir, name, 'current')), name).toEqual(['package.json']);
    }
  });

  test('it gets a name by a rename, and starts', async () => {
    const { appsDir, rename, waitForState } = server();
    await mkdir(join(appsDir, 'Wrong Name', 'current'), { recursive: true });
    const manifest = { scripts: { toes: 'sleep 1000' }, toes: { port: false } };
    await writeFile(join(appsDir, 'Wrong Name', 'current', 'package.json'), JSON.stringify(manifest));
    await waitForState('Wrong Name', 'INVALID');
    const done = await rename('Wrong Name', 'right-name');
    expect(done).toMatchObject({ __typename: 'RenameAppSuccess' });
    await waitForState('right-name', 'RUNNING');
    expect(await readdir(appsDir)).not.toContain('Wrong Name');
  });

  test('of bytes that are no UTF-8 it is listed too, and of dots it is not', async () => {
    const { appsDir, ask, addApp } = server();
    const bytes = Buffer.concat([Buffer.from(`${appsDir}/bad-`), Buffer.from([0xff, 0xfe])]);
    await mkdir(Buffer.concat([bytes, Buffer.from('/current')]), { recursive: true });
    await addApp('.hidden', { script: 'touch was-started' });
    const { nodes } = await until(async () => {
      const { apps } = await ask<Listed>(LIST);
      return apps.nodes.some(({ name }) => name === 'bad-\\xff\\xfe') ? apps : undefined;
    }, 'it is listed');
    expect(nodes.find(({ name }) => name.startsWith('bad-'))?.state).toBe('INVALID');
    expect(nodes.map(({ name }) => name)).not.toContain('.hidden');
  });
});

describe('A3: what leads out of APPS_DIR', () => {
  test('a symlinked app and an outer `current` are INVALID and say so', async () => {
    const { appsDir, directory, waitForApp, runs } = server();
    const outside = join(directory, 'outside');
    await mkdir(join(outside, 'current'), { recursive: true });
    await writeFile(
      join(outside, 'current', 'package.json'),
      JSON.stringify({ scripts: { toes: 'touch was-started' } }),
    );
    await symlink(outside, join(appsDir, 'linked'));
    await mkdir(join(appsDir, 'leads-out'));
    await symlink(join(outside, 'current'), join(appsDir, 'leads-out', 'current'));
    for (const name of ['linked', 'leads-out']) {
      await waitForApp(
        name,
        'says how to allow it',
        ({ state, error }) => state === 'INVALID' && error?.includes('TOEHOLD_ALLOW_OUTSIDE'),
      );
      expect(await runs(name)).toEqual([]);
    }
    expect(await readdir(join(outside, 'current'))).toEqual(['package.json']);
  });

  test('B-13: an icon is written to no other place than the app’s own package.json', async () => {
    const { appsDir, ask, directory } = server();
    const secret = join(directory, 'package.json');
    await writeFile(secret, '{"scripts":{"toes":"true"}}');
    for (const name of ['..', '../named', 'named/../../..', '.', '', 'na\0me']) {
      const { done } = await ask<{ done: { __typename: string } }>(
        'mutation ($by: AppRef!) { done: setAppIcon(input: { app: $by, icon: "🐙" }) { __typename } }',
        { by: { name } },
      );
      expect(done.__typename).toBe('AppNotFoundError');
    }
    expect(await readdir(directory)).not.toContain('current');
    for (const icon of ['', 'x'.repeat(17), 'a\nb', '\0', '🐙'.repeat(100), 'x'.repeat(100_000)]) {
      const { done } = await ask<{ done: { __typename: string; code: string } }>(
        `mutation ($icon: String) {
          done: setAppIcon(input: { app: { name: "named" }, icon: $icon }) { __typename ... on Error { code } }
        }`,
        { icon },
      );
      expect(done).toEqual({ __typename: 'InvalidInputError', code: 'ICON_INVALID' });
    }
    expect(await readdir(join(appsDir, 'named', 'current'))).toEqual(['package.json']);
  });
});
