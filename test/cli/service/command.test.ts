import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { makeDataDir, serve } from '../../support/serve.ts';

const MAIN = fileURLToPath(new URL('../../../dist/src/main.js', import.meta.url));

let home: string;
let unit: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'toehold-service-'));
  onTestFinished(() => rm(home, { recursive: true }));
  unit = join(home, '.config/systemd/user/toehold.service');
  await mkdir(join(home, 'bin'));
});

/** A stand-in for the service manager: records its arguments, and fails when it is asked to do this. */
async function fakeSystemctl(failing = ''): Promise<void> {
  const path = join(home, 'bin/systemctl');
  const fail = `case "$*" in *${failing || 'nothing'}*) echo "No bus" >&2; exit 1;; esac`;
  await writeFile(path, `#!/bin/sh\necho "$@" >>"${home}/asked"\n${fail}\n`);
  await chmod(path, 0o755);
}

function service(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { HOME: home, PATH: `${join(home, 'bin')}:/usr/bin:/bin` };
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'service', ...args], { env, cwd: home }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    );
  });
}

describe.runIf(process.platform === 'linux')('toehold service', () => {
  test('--print prints the unit and changes nothing', async () => {
    await fakeSystemctl();
    const { code, stdout } = await service(
      'install',
      '--user',
      '--print',
      '--data-dir',
      'data',
      '--port',
      '4000',
    );
    expect(code).toBe(0);
    expect(stdout).toContain(`Environment="DATA_DIR=${home}/data"\n`);
    expect(stdout).toContain('Environment="PORT=4000"\n');
    expect(stdout).toContain(`"${MAIN}" "serve"\n`);
    await expect(readFile(unit)).rejects.toThrow('ENOENT');
    await expect(readFile(join(home, 'asked'))).rejects.toThrow('ENOENT');
  });

  test('install writes and starts the unit, and prints each step; uninstall removes it', async () => {
    await fakeSystemctl();
    const installed = await service('install', '--user', '--data-dir', 'data');
    expect(installed).toMatchObject({ code: 0, stderr: '' });
    expect(installed.stdout).toContain(`Wrote ${unit}\n`);
    expect(installed.stdout).toContain('Ran systemctl --user enable toehold.service\n');
    expect(installed.stdout).toContain('enable-linger');
    expect(await readFile(unit, 'utf8')).toContain('KillMode=process');
    // A service manager can open a log there before the server starts.
    expect((await stat(join(home, 'data/.toehold'))).mode & 0o777).toBe(0o700);

    const removed = await service('uninstall', '--user', '--json');
    expect(removed.code).toBe(0);
    expect(JSON.parse(removed.stdout)).toEqual({ path: unit, done: true });
    await expect(readFile(unit)).rejects.toThrow('ENOENT');
    expect((await readFile(join(home, 'asked'), 'utf8')).split('\n')).toEqual([
      '--user show-environment',
      '--user daemon-reload',
      '--user enable toehold.service',
      '--user restart toehold.service',
      '--user disable --now toehold.service',
      '--user daemon-reload',
      '',
    ]);
  });

  test('an error of the service manager is quoted, and nothing is left behind', async () => {
    await fakeSystemctl('restart');
    const failed = await service('install', '--user', '--data-dir', 'data', '--json');
    expect(failed.code).toBe(1);
    expect(JSON.parse(failed.stdout)).toMatchObject({ path: unit, done: false });
    expect(failed.stderr).toContain('systemctl --user restart toehold.service failed: No bus\n');
    expect(failed.stderr).toContain('The installation was undone');
    for (const path of [unit, join(home, '.config'), join(home, 'data')])
      await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  test('without a service manager, nothing is made', async () => {
    await fakeSystemctl('show-environment');
    const failed = await service('install', '--user', '--data-dir', 'data');
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toMatch(/show-environment failed: No bus\. Nothing was changed\.\n$/);
    for (const path of [join(home, '.config'), join(home, 'data')])
      await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  test('root gets a unit of the system, others one of their own', async () => {
    const isRoot = process.getuid?.() === 0;
    const [own, machine, mine, both] = await Promise.all([
      service('install', '--print'),
      service('install', '--print', '--system', '--user-name', 'nobody'),
      service('install', '--print', '--user'),
      service('install', '--print', '--user', '--system'),
    ]);
    expect(own.stdout).toContain(`WantedBy=${isRoot ? 'multi-user' : 'default'}.target`);
    expect(machine.stdout).toMatch(/^User=nobody$[\s\S]*WantedBy=multi-user\.target/m);
    expect(mine.stdout).toContain('WantedBy=default.target');
    expect([both.code, both.stdout]).toEqual([2, '']);
  });

  test('a data directory whose server runs by hand is refused: the service could not start', async () => {
    await fakeSystemctl();
    const { path } = await makeDataDir();
    const server = await serve({ dataDir: path });
    await server.ready();
    const refused = await service('install', '--user', '--data-dir', path);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(`A server (pid ${server.pid}) already runs in ${path}`);
    await expect(stat(unit)).rejects.toThrow('ENOENT');
  });

  test('uninstall says that nothing is installed', async () => {
    await fakeSystemctl();
    const nothing = await service('uninstall', '--user');
    expect(nothing).toMatchObject({ code: 1, stdout: '' });
    expect(nothing.stderr).toContain(`there is no ${unit}`);
    await expect(readFile(join(home, 'asked'))).rejects.toThrow('ENOENT');
  });

  test('relative paths start at the directory of the installation, not of the service', async () => {
    const { stdout } = await service(
      'install',
      '--print',
      '--user',
      '--data-dir',
      'data',
      '--token-file',
      'tok',
    );
    expect(stdout).toContain(`Environment="TOEHOLD_TOKEN_FILE=${home}/tok"\n`);
    expect(stdout).toContain(`WorkingDirectory=${home}/data\n`);
  });

  test.each([
    [['--user', '--user-name', 'nobody']],
    [['--system', '--user-name', 'nobody\nGroup=root']],
    [['--system', '--user-name', 'no-such-account-here']],
  ])('a user name that is not valid is refused: %j', async (args) => {
    const { code, stdout, stderr } = await service('install', '--print', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('--user-name');
  });

  test.each(['data\nExecStartPre=/bin/evil', 'data\\'])(
    'a data directory that would change the unit is refused: %j',
    async (path) => {
      await fakeSystemctl();
      for (const how of [[], ['--print']]) {
        const refused = await service('install', '--user', '--data-dir', path, ...how);
        expect(refused).toMatchObject({ code: 2, stdout: '' });
        expect(refused.stderr).toMatch(/^toehold: the data directory .*Nothing was changed\.\n$/);
      }
      expect(await readdir(home)).toEqual(['bin']);
    },
  );

  test.runIf(process.getuid?.() === 0)(
    'a data directory that the account cannot use is refused',
    async () => {
      await fakeSystemctl();
      await chmod(home, 0o755);
      await mkdir(join(home, 'data'));
      const refused = await service('install', '--system', '--user-name', 'nobody', '--data-dir', 'data');
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain(`chown nobody ${home}/data`);
      await expect(readFile(join(home, 'asked'))).rejects.toThrow('ENOENT');
    },
  );

  test('wrong settings are refused before anything is written', async () => {
    await fakeSystemctl();
    expect(await service('install', '--user', '--ports', 'many')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--ports is "many"'),
    });
    await expect(readFile(unit)).rejects.toThrow('ENOENT');
  });
});
