import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../../../dist/src/main.js', import.meta.url));

let home: string;
let unit: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'toehold-service-'));
  onTestFinished(() => rm(home, { recursive: true }));
  unit = join(home, '.config/systemd/user/toehold.service');
  await mkdir(join(home, 'bin'));
});

/** A stand-in for the service manager: records its arguments, and exits with the code. */
async function fakeSystemctl(code: number): Promise<void> {
  const path = join(home, 'bin/systemctl');
  await writeFile(path, `#!/bin/sh\necho "$@" >>"${home}/asked"\necho "No bus" >&2\nexit ${code}\n`);
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
    await fakeSystemctl(0);
    const { code, stdout } = await service('install', '--print', '--data-dir', 'data', '--port', '4000');
    expect(code).toBe(0);
    expect(stdout).toContain(`Environment="DATA_DIR=${home}/data"\n`);
    expect(stdout).toContain('Environment="PORT=4000"\n');
    expect(stdout).toContain(`"${MAIN}" "serve"\n`);
    await expect(readFile(unit)).rejects.toThrow('ENOENT');
    await expect(readFile(join(home, 'asked'))).rejects.toThrow('ENOENT');
  });

  test('install writes and starts the unit, and prints each step; uninstall removes it', async () => {
    await fakeSystemctl(0);
    const installed = await service('install', '--data-dir', 'data');
    expect(installed).toMatchObject({ code: 0, stderr: '' });
    expect(installed.stdout).toContain(`Wrote ${unit}\n`);
    expect(installed.stdout).toContain('Ran systemctl --user enable toehold.service\n');
    expect(installed.stdout).toContain('enable-linger');
    expect(await readFile(unit, 'utf8')).toContain('KillMode=process');
    // A service manager can open a log there before the server starts.
    expect((await stat(join(home, 'data/.toehold'))).mode & 0o777).toBe(0o700);

    const removed = await service('uninstall', '--json');
    expect(removed.code).toBe(0);
    expect(JSON.parse(removed.stdout)).toEqual({ path: unit, done: true });
    await expect(readFile(unit)).rejects.toThrow('ENOENT');
    expect((await readFile(join(home, 'asked'), 'utf8')).split('\n')).toEqual([
      '--user daemon-reload',
      '--user enable toehold.service',
      '--user restart toehold.service',
      '--user disable --now toehold.service',
      '--user daemon-reload',
      '',
    ]);
  });

  test('an error of the service manager is quoted, with what is left to do', async () => {
    await fakeSystemctl(1);
    const { code, stdout } = await service('install');
    expect(code).toBe(1);
    expect(stdout).toContain('systemctl --user daemon-reload failed: No bus\n');
    expect(stdout).toContain('run this command and the following ones yourself');
  });

  test('relative paths start at the directory of the installation, not of the service', async () => {
    const { stdout } = await service('install', '--print', '--data-dir', 'data', '--token-file', 'tok');
    expect(stdout).toContain(`Environment="TOEHOLD_TOKEN_FILE=${home}/tok"\n`);
    expect(stdout).toContain(`WorkingDirectory=${home}/data\n`);
  });

  test.each([[['--user-name', 'ann']], [['--system', '--user-name', 'ann\nGroup=root']]])(
    'a user name that is not valid is refused: %j',
    async (args) => {
      const { code, stdout, stderr } = await service('install', '--print', ...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('--user-name');
    },
  );

  test('wrong settings are refused before anything is written', async () => {
    await fakeSystemctl(0);
    expect(await service('install', '--ports', 'many')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--ports is "many"'),
    });
    await expect(readFile(unit)).rejects.toThrow('ENOENT');
  });
});
