import {
  chmod,
  chown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { adopt, planAdoption } from '../../src/cli/adopt/adopt-folder.ts';
import { ownCommand } from '../../src/host/own-command.ts';
import { temporaryDirectory } from '../support/apps-dir.ts';
import { COMMAND, runProcess, toehold } from '../support/serve.ts';
import { until } from '../support/until.ts';
import { startServer } from '../support/whole-server.ts';

const SERVER = `require('node:http').createServer((_, answer) => answer.end('shop')).listen(process.env.PORT, '127.0.0.1');`;
const MANIFEST = '{\n\t"name": "shop",\n\t"scripts": {\n\t\t"start": "node server.js"\n\t}\n}\n';
const ADOPTED = MANIFEST.replace('server.js"', 'server.js",\n\t\t"toes": "node server.js"');

/** Lays out a project as `cp -r` brings it. */
async function project(appsDir: string, manifest: string | null = MANIFEST): Promise<string> {
  const path = join(appsDir, 'shop');
  await mkdir(join(path, 'public'), { recursive: true });
  await writeFile(join(path, 'server.js'), SERVER);
  if (manifest !== null) await writeFile(join(path, 'package.json'), manifest, { mode: 0o640 });
  return path;
}

let appsDir: string;

beforeEach(async () => {
  appsDir = await temporaryDirectory();
});

async function adoptShop(): Promise<string | null> {
  const planned = await planAdoption(appsDir, 'shop');
  if (!planned.ok) return planned.message;
  await adopt(appsDir, 'shop', planned.adoption);
  return null;
}

const read = (path: string) => readFile(join(appsDir, path), 'utf8');

test('a directory that was copied into APPS_DIR is named by the server, and runs once it is adopted', async () => {
  const before = async (own: { readonly appsDir: string }) => {
    await project(own.appsDir);
    await mkdir(join(own.appsDir, 'My Blog'));
  };
  const server = await startServer({ bystander: false, before });
  const strays = async () =>
    (await server.ask<{ strays: unknown[] }>('{ strays { name reason advice command } }')).strays;
  const misnamed = {
    name: 'My Blog',
    reason: expect.stringContaining('it needs another name'),
    advice: 'Rename it to my-blog. To make it an app then: toehold adopt my-blog',
    command: null,
  };
  expect(await strays()).toEqual([
    misnamed,
    {
      ...{ name: 'shop', reason: 'It has no directory "current"' },
      ...{ advice: 'To make it one: toehold adopt shop', command: 'toehold adopt shop' },
    },
  ]);
  const line = `toehold: "shop" in APPS_DIR is not an app, because it has no directory "current". To make it one: ${ownCommand(process.env.PATH)} adopt shop`;
  await until(() => server.printed.includes(line), 'the server prints it');

  const env = { DATA_DIR: server.directory };
  const asking = toehold(['adopt', 'shop'], env);
  expect(await asking.ended).toMatchObject({ code: 2 });
  expect(asking.stderr()).toContain('add --yes');
  expect((await readdir(server.appsDir)).sort()).toEqual(['My Blog', 'shop']);

  const adopting = toehold(['adopt', 'shop', '--yes'], env);
  expect(await adopting.ended).toMatchObject({ code: 0 });
  expect(adopting.stdout()).toBe(`shop is an app now: ${join(server.appsDir, 'shop/current')}\n`);
  const { port } = await server.waitForState('shop', 'RUNNING');
  expect(await (await fetch(`http://127.0.0.1:${port?.port}`)).text()).toBe('shop');
  expect(await strays()).toEqual([misnamed]);
});

test('the content is under current, with its modes and links, and one line more in package.json', async () => {
  const path = await project(appsDir);
  await symlink('server.js', join(path, 'main.js'));
  await symlink('/usr/bin/env', join(path, 'env'));
  await chmod(join(path, 'public'), 0o700);
  expect(await adoptShop()).toBe(null);
  expect(await readdir(path)).toEqual(['current']);
  expect(await read('shop/current/package.json')).toBe(ADOPTED);
  expect((await lstat(join(path, 'current/package.json'))).mode & 0o777).toBe(0o640);
  expect((await lstat(join(path, 'current/public'))).mode & 0o777).toBe(0o700);
  expect(await readlink(join(path, 'current/main.js'))).toBe('server.js');
  expect(await readdir(appsDir)).toEqual(['shop']);
});

test.each([
  ['scripts.toes is there', '{"scripts":{"start":"a","toes":"b"}}', { script: null, runs: true }],
  ['there is no script', '{"name":"shop"}', { script: null, runs: false }],
  ['there is no package.json', null, { script: null, runs: false }],
  ['package.json is no JSON', '{', { script: null, runs: false }],
])('if %s, package.json stays as it is', async (_, manifest, expected) => {
  await project(appsDir, manifest);
  expect(await planAdoption(appsDir, 'shop')).toMatchObject({ ok: true, adoption: expected });
  expect(await adoptShop()).toBe(null);
  expect(await read('shop/current/package.json').catch(() => null)).toBe(manifest);
});

describe('what the person must do is said', () => {
  const adopted = async (): Promise<string> => {
    const command = toehold(['adopt', 'shop', '--yes'], { APPS_DIR: appsDir });
    expect(await command.ended).toMatchObject({ code: 0 });
    return command.stderr();
  };

  test('for a directory without package.json, and with a Python environment', async () => {
    const path = await project(appsDir, null);
    await mkdir(join(path, '.venv'));
    await writeFile(join(path, '.venv/pyvenv.cfg'), 'home = /usr/bin\n');
    expect(await adopted()).toBe(
      [
        `It does not run yet: make ${path}/current/package.json with its command`,
        '    { "scripts": { "toes": "exec ./server" } }',
        'docs/languages.md has whole apps in several languages',
        `Make ${path}/current/.venv again: its programs name the path where it was made\n`,
      ].join('\n'),
    );
  });

  test('for a package.json without a script', async () => {
    const path = await project(appsDir, '{}');
    expect(await adopted()).toBe(
      `It does not run yet: add "toes" with its command to "scripts" in ${path}/current/package.json\n`,
    );
  });

  test.runIf(process.getuid?.() === 0)(
    'if root does not write into a directory of another user',
    async () => {
      await chmod(appsDir, 0o755);
      const path = await project(appsDir);
      await chown(path, 65_534, 65_534);
      expect(await adopted()).toBe(
        `It does not run yet: add this line to "scripts" in ${path}/current/package.json\n    "toes": "node server.js"\n`,
      );
      expect(await read('shop/current/package.json')).toBe(MANIFEST);
    },
  );
});

describe('an adoption that was cut off', () => {
  test('by SIGKILL before any of its steps: the next one finishes it, and nothing is lost or left', async () => {
    const place = await temporaryDirectory();
    const preload = fileURLToPath(new URL('../fixtures/cli/kill-at.cjs', import.meta.url));
    const files = ['package.json', 'public', 'server.js'];
    let found = 0;
    for (let step = 0; ; step++) {
      appsDir = join(place, String(step));
      const path = await project(appsDir);
      const env = { APPS_DIR: appsDir, KILL_BELOW: appsDir, KILL_AT: String(step) };
      const { signal, code } = await runProcess(
        process.execPath,
        ['--require', preload, ...COMMAND, 'adopt', 'shop', '--yes'],
        env,
      ).ended;
      if (signal === null) {
        expect(code).toBe(0);
        break;
      }
      if ((await readdir(appsDir)).join() === '.adopting-shop') found += 1;
      const isDone = await lstat(join(path, 'current')).then(Boolean, () => false);
      expect(await adoptShop()).toEqual(isDone ? expect.stringContaining('is an app already') : null);
      expect(await readdir(appsDir)).toEqual(['shop']);
      expect(await readdir(path)).toEqual(['current']);
      expect((await readdir(join(path, 'current'))).sort()).toEqual(files);
      expect(await read('shop/current/package.json')).toBe(ADOPTED);
      expect(await read('shop/current/server.js')).toBe(SERVER);
    }
    // Between the renames, too.
    expect(found).toBeGreaterThan(0);
  });

  test('after the line in package.json: the next one moves the content', async () => {
    const path = await project(appsDir, ADOPTED);
    await mkdir(join(appsDir, '.adopting-shop'));
    expect(await adoptShop()).toBe(null);
    expect(await readdir(appsDir)).toEqual(['shop']);
    expect(await readdir(path)).toEqual(['current']);
    expect(await read('shop/current/package.json')).toBe(ADOPTED);
  });

  test('between the renames: the next one finishes it', async () => {
    await mkdir(join(appsDir, '.adopting-shop'));
    await rename(await project(appsDir, ADOPTED), join(appsDir, '.adopting-shop/current'));
    expect(await planAdoption(appsDir, 'shop')).toMatchObject({ adoption: { unfinished: true, runs: true } });
    expect(await adoptShop()).toBe(null);
    expect(await readdir(appsDir)).toEqual(['shop']);
    expect(await read('shop/current/server.js')).toBe(SERVER);
  });

  test('and another directory of that name came since: both stay as they are', async () => {
    await mkdir(join(appsDir, '.adopting-shop'));
    await rename(await project(appsDir), join(appsDir, '.adopting-shop/current'));
    await project(appsDir);
    expect(await adoptShop()).toContain('whose adoption was cut off. Move');
    expect((await readdir(appsDir)).sort()).toEqual(['.adopting-shop', 'shop']);
  });

  test('because the name was taken between the renames: the content is where the error says', async () => {
    await project(appsDir);
    const planned = await planAdoption(appsDir, 'shop');
    if (!planned.ok) throw new Error(planned.message);
    await mkdir(join(appsDir, '.adopting-shop'));
    await rename(join(appsDir, 'shop'), join(appsDir, '.adopting-shop/current'));
    await project(appsDir);
    const unfinished = { ...planned.adoption, unfinished: true };
    const error = await adopt(appsDir, 'shop', unfinished).catch((reason: Error) => reason.message);
    expect(error).toContain(`Its content is in ${join(appsDir, '.adopting-shop/current')}`);
    expect(await read('.adopting-shop/current/server.js')).toBe(SERVER);
  });
});

describe('nothing changes', () => {
  test.each([
    ['a file', (path: string) => writeFile(path, '')],
    ['a directory with something else', (path: string) => mkdir(join(path, 'other'), { recursive: true })],
  ])('if %s has the name that the move needs', async (_, block) => {
    await project(appsDir);
    await block(join(appsDir, '.adopting-shop'));
    expect(await adoptShop()).toContain(`${join(appsDir, '.adopting-shop')} is in the way`);
    expect(await read('shop/package.json')).toBe(MANIFEST);
  });

  test.each([
    ['../secret', 'leads out of the directory'],
    ['sub/../../secret', 'leads out on a detour'],
  ])('for a symlink to %s, which %s', async (target) => {
    const path = await project(appsDir);
    await mkdir(join(path, 'sub'));
    await symlink(target, join(path, 'config'));
    expect(await adoptShop()).toContain(`would lead elsewhere from ${path}/current: config.`);
    expect((await readdir(path)).sort()).toEqual(['config', 'package.json', 'public', 'server.js', 'sub']);
    expect(await read('shop/package.json')).toBe(MANIFEST);
  });

  test('for an absolute symlink into the directory', async () => {
    const path = await project(appsDir);
    await symlink(join(path, 'server.js'), join(path, 'public/main.js'));
    expect(await adoptShop()).toContain('would lead elsewhere');
  });

  test('for a directory that is itself a symlink', async () => {
    const elsewhere = await project(await temporaryDirectory());
    await symlink(elsewhere, join(appsDir, 'shop'));
    expect(await adoptShop()).toContain(`is a symlink, to ${elsewhere}: move the directory itself`);
    expect((await readdir(elsewhere)).length).toBe(3);
  });

  test('for an app with releases that lost its link', async () => {
    await mkdir(join(appsDir, 'shop/20260101-000000'), { recursive: true });
    await mkdir(join(appsDir, 'shop/20260203-000000'));
    expect(await adoptShop()).toMatch(/has releases, so it needs a symlink: ln -s 20260203-000000 /);
    expect((await readdir(join(appsDir, 'shop'))).length).toBe(2);
  });

  test('for an app, and for nothing', async () => {
    expect(await adoptShop()).toContain('does not exist');
    await mkdir(join(appsDir, 'shop/current'), { recursive: true });
    expect(await adoptShop()).toContain('is an app already');
  });

  test('in a package.json that is a symlink', async () => {
    const path = await project(appsDir, null);
    await writeFile(join(path, 'real.json'), MANIFEST);
    await symlink('real.json', join(path, 'package.json'));
    expect(await adoptShop()).toBe(null);
    expect(await read('shop/current/real.json')).toBe(MANIFEST);
  });
});
