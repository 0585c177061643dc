import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };
import { auditFindings, findings, type LockedPackage, type Packages } from '../../scripts/packages.ts';
import { shippedPlaces } from '../../scripts/shipped.js';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const FINE: LockedPackage = { version: '1.0.0', license: 'MIT', integrity: 'sha512-aaaa' };

function look(
  entry: LockedPackage & { path?: string },
  { allowScripts = {}, bundled = [], installed = () => undefined }: Partial<Packages> = {},
): string[] {
  const { path = 'node_modules/dependency', ...rest } = entry;
  return findings({ locked: { '': {}, [path]: { ...FINE, ...rest } }, allowScripts, bundled, installed });
}

describe('the check of the packages', () => {
  test('finds nothing in what this repository locks', () => {
    const { allowScripts, bundled } = manifest;
    const locked: Packages['locked'] = lock.packages;
    expect(findings({ locked, allowScripts, bundled, installed: () => undefined })).toEqual([]);
  });

  test.each(['MIT', '(MIT OR WTFPL)', '(BSD-2-Clause OR MIT OR Apache-2.0)', 'MIT AND ISC'])(
    'takes the license %s',
    (license) => {
      expect(look({ license })).toEqual([]);
    },
  );

  test.each([
    'GPL-3.0-only',
    '(MIT AND GPL-3.0-only)',
    'SEE LICENSE IN LICENSE.md',
    'UNLICENSED',
    '',
    undefined,
  ])('refuses the license %s, of what the server needs alone', (license) => {
    expect(look({ license })).toEqual([expect.stringContaining('dependency@1.0.0')]);
    expect(look({ license, dev: true })).toEqual([]);
  });

  describe('of packages that the build contains', () => {
    const dev = { ...FINE, dev: true };
    /** `library` is in the build, with what it needs; `tool` is for developers. */
    const locked: Packages['locked'] = {
      '': { devDependencies: { library: '1', tool: '1' } },
      'node_modules/library': {
        ...dev,
        dependencies: { deep: '1' },
        peerDependencies: { peer: '1', odd: '1' },
      },
      'node_modules/library/node_modules/deep': { ...dev, dependencies: { deeper: '1' } },
      'node_modules/deep': dev,
      'node_modules/deeper': dev,
      'node_modules/peer': dev,
      'node_modules/odd': dev,
      'node_modules/tool': { ...dev, dependencies: { deep: '1' } },
    };
    const library = locked['node_modules/library'];
    if (library) library.peerDependenciesMeta = { odd: { optional: true } };
    const places = [
      'node_modules/library',
      'node_modules/library/node_modules/deep',
      'node_modules/peer',
      'node_modules/deeper',
    ];

    test('knows each, and what each needs', () => {
      expect([...shippedPlaces(locked, ['library'])].sort()).toEqual(places.sort());
      expect([...shippedPlaces(locked, [])]).toEqual([]);
    });

    test.each(places)('refuses a license that is not permissive: %s', (place) => {
      const changed = { ...locked, [place]: { ...locked[place], license: 'GPL-3.0-only' } };
      const of = { locked: changed, allowScripts: {}, installed: () => undefined };
      expect(findings({ ...of, bundled: ['library'] })).toEqual([expect.stringContaining('GPL-3.0-only')]);
      expect(findings({ ...of, bundled: [] })).toEqual([]);
    });

    test('refuses a name that is no development package', () => {
      const of = { locked, allowScripts: {}, installed: () => undefined };
      expect(findings({ ...of, bundled: ['library', 'gone'] })).toEqual([
        expect.stringContaining('names gone'),
      ]);
    });
  });

  test('believes the installed package about its license, not the lock', () => {
    const installed = () => ({ version: '1.0.0', license: 'GPL-3.0-only' });
    expect(look({}, { installed })).toEqual([expect.stringContaining('"GPL-3.0-only"')]);
  });

  test.each([undefined, 'sha1-aaaa'])('refuses a package with the hash %s', (integrity) => {
    expect(look({ integrity })).toEqual([expect.stringContaining('no sha512 hash')]);
    expect(look({ integrity, dev: true })).toHaveLength(1);
    expect(look({ integrity, inBundle: true })).toEqual([]);
  });

  test.each([
    'git+ssh://git@github.com/somebody/dependency.git#0123456',
    'http://registry.npmjs.org/dependency/-/dependency-1.0.0.tgz',
    'https://example.com/dependency-1.0.0.tgz',
    'file:../dependency',
  ])('refuses a package from %s', (resolved) => {
    expect(look({ resolved })).toEqual([expect.stringContaining(`comes from ${resolved}`)]);
  });

  test('refuses a link', () => {
    expect(look({ link: true })).toEqual([expect.stringContaining('is a link')]);
  });

  test('refuses a new install script, also one that the lock does not tell', () => {
    const [finding, ...rest] = look({ hasInstallScript: true });
    expect(finding).toContain('runs an install script');
    expect(rest).toEqual([]);
    const installed = () => ({ version: '1.0.0', license: 'MIT', scripts: { postinstall: 'node steal.js' } });
    expect(look({ path: 'node_modules/a/node_modules/@b/c' }, { installed })).toEqual([
      expect.stringContaining('@b/c@1.0.0 (node_modules/a/node_modules/@b/c) runs an install script'),
    ]);
    expect(look({ hasInstallScript: true }, { allowScripts: { dependency: true } })).toEqual([]);
  });

  test('refuses to allow a script that no package has', () => {
    expect(look({}, { allowScripts: { gone: true } })).toEqual([expect.stringContaining('names gone')]);
  });

  test('refuses a second graphql, and another version than the locked one', () => {
    const locked = { 'node_modules/graphql': FINE, 'node_modules/a/node_modules/graphql': FINE };
    const twice = findings({ locked, allowScripts: {}, bundled: [], installed: () => undefined });
    expect(twice).toEqual([expect.stringContaining('graphql is there 2 times')]);
    const installed = () => ({ version: '1.0.1', license: 'MIT' });
    expect(look({}, { installed })).toEqual([expect.stringContaining('is installed as 1.0.1')]);
  });

  test('tells grave known holes, and says when it could not look', () => {
    const vulnerabilities = {
      bad: {
        severity: 'critical',
        range: '<2',
        nodes: ['node_modules/tool', 'node_modules/a/node_modules/bad'],
      },
      worse: { severity: 'high', nodes: ['node_modules/worse'] },
      so: { severity: 'moderate', nodes: ['node_modules/so'] },
      tool: { severity: 'critical', nodes: ['node_modules/tool'] },
    };
    const places = new Set(['node_modules/a/node_modules/bad', 'node_modules/worse', 'node_modules/so']);
    const known = auditFindings(JSON.stringify({ vulnerabilities }), places);
    expect(known).toEqual({
      found: [expect.stringContaining('bad <2'), expect.stringContaining('worse')],
    });
    expect(auditFindings('{"vulnerabilities":{}}', places)).toEqual({ found: [] });
    expect(auditFindings('{"message":"405 Method Not Allowed"}', places)).toEqual({
      unknown: '405 Method Not Allowed',
    });
    expect(auditFindings('', places)).toMatchObject({ unknown: expect.any(String) });
  });

  describe('as a command', () => {
    let project: string;
    beforeEach(async () => {
      project = await mkdtemp(join(tmpdir(), 'toehold-packages-'));
    });
    afterEach(() => rm(project, { recursive: true, force: true }));

    /** Its npm asks a registry that nobody runs. */
    async function check(locked: Record<string, LockedPackage>) {
      const { version, lockfileVersion } = lock;
      const whole = { name: 'project', version, lockfileVersion, packages: { '': { version }, ...locked } };
      await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', version }));
      await writeFile(join(project, 'package-lock.json'), JSON.stringify(whole));
      const command = [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), join(ROOT, 'scripts/check-packages.ts')];
      const env = { ...process.env, npm_config_registry: 'http://127.0.0.1:9/' };
      return run(process.execPath, [...command, project], { env }).then(
        ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
        ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
      );
    }

    test('passes where known holes cannot be looked up, and says so', async () => {
      const { code, stdout } = await check({ 'node_modules/dependency': FINE });
      expect(stdout).toContain('Known holes were NOT looked up');
      expect(stdout).toContain('1 packages, no findings.');
      expect(code).toBe(0);
    });

    test('fails with one line for each finding', async () => {
      const { integrity: _, ...bare } = FINE;
      await writeFile(join(project, 'npm-shrinkwrap.json'), '{}');
      const { code, stderr } = await check({
        'node_modules/dependency': { ...bare, license: 'GPL-3.0-only' },
      });
      expect(stderr.trim().split('\n')).toEqual([
        expect.stringContaining('no sha512 hash'),
        expect.stringContaining('GPL-3.0-only'),
        expect.stringContaining('npm-shrinkwrap.json'),
      ]);
      expect(code).toBe(1);
    });
  });
});

describe('better-sqlite3', () => {
  // Its install script begins with prebuild-install, which takes a binary from elsewhere that no lock knows.
  test('is compiled here: nobody asks for a binary, neither in the repository nor in the published package', async () => {
    expect(manifest.files).toContain('.prebuild-installrc');
    const asked: string[] = [];
    const host = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(404).end();
    }).listen(0, '127.0.0.1');
    await once(host, 'listening');
    const elsewhere = await mkdtemp(join(tmpdir(), 'toehold-prebuilt-'));
    try {
      const binaries = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
      const env = {
        ...process.env,
        npm_config_better_sqlite3_binary_host: binaries,
        npm_config_loglevel: 'info',
      };
      const install = (cwd: string) =>
        run(process.execPath, [join(ROOT, 'node_modules/prebuild-install/bin.js'), '--verbose'], {
          cwd,
          env,
        }).then(
          () => 'took a binary',
          ({ code }) => `ended with ${code}`,
        );
      const inPackage = join(elsewhere, 'node_modules/better-sqlite3');
      await mkdir(inPackage, { recursive: true });
      await cp(join(ROOT, 'node_modules/better-sqlite3/package.json'), join(inPackage, 'package.json'));
      expect(await install(inPackage)).toBe('ended with 1');
      expect(asked, 'without the file the host is asked').toHaveLength(1);

      await cp(join(ROOT, '.prebuild-installrc'), join(elsewhere, '.prebuild-installrc'));
      expect(await install(inPackage)).toBe('ended with 1');
      expect(await install(join(ROOT, 'node_modules/better-sqlite3'))).toBe('ended with 1');
      expect(asked).toHaveLength(1);
    } finally {
      host.close();
      await rm(elsewhere, { recursive: true, force: true });
    }
  });
});
