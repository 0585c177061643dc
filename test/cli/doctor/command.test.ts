import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../support/free-ports.ts';
import { makeDataDir, serve } from '../../support/serve.ts';
import { run } from '../servers/running.ts';

const MAIN = fileURLToPath(new URL('../../../dist/src/main.js', import.meta.url));

test('toehold doctor prints each finding and what to do, also as JSON; its exit code says whether something does not work', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'toehold-doctor-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await mkdir(join(directory, 'apps'));
  const doctor = async (...args: string[]) => {
    const env = {
      PATH: process.env.PATH ?? '',
      DATA_DIR: directory,
      TOEHOLD_PORTS: await freePorts(2),
      PORT: '0',
    };
    return new Promise<{ code: number; stdout: string }>((resolve) => {
      execFile(process.execPath, [MAIN, 'doctor', ...args], { env }, (error, stdout) =>
        resolve({ code: error ? Number(error.code) : 0, stdout }),
      );
    });
  };

  const well = await doctor();
  expect(well.code).toBe(0);
  expect(well.stdout).toContain(`✔ node: Node ${process.versions.node} `);

  await mkdir(join(directory, 'apps/broken/current'), { recursive: true });
  const ill = await doctor('--json');
  expect(ill.code).toBe(1);
  const findings = ill.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(findings).toContainEqual({
    check: 'apps',
    status: 'problem',
    found: 'broken cannot start: Missing package.json',
    advice: `Fix ${directory}/apps/broken/current/package.json`,
  });
});

test('A10: toehold doctor checks the variables of the running server, not its own', async () => {
  const { path } = await makeDataDir();
  const ports = await freePorts(2);
  const env = { GITHUB_TOKEN: 'v-1', TOEHOLD_PORTS: ports };
  await (await serve({ dataDir: path, env })).ready();
  const doctor = async (dataDir: string) => {
    const set = { DATA_DIR: dataDir, TOEHOLD_PORTS: ports, SHELL_SECRET: 'v-2', PORT: '0' };
    const { stdout } = await run(['doctor', '--json'], set);
    expect(stdout).not.toMatch(/v-[12]/);
    const findings = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return findings.find(({ check }) => check === 'environment').found;
  };
  const served = await doctor(path);
  expect(served).toContain('variables of the server, which look like secrets: ');
  expect(served).toContain('GITHUB_TOKEN');
  expect(served).not.toContain('SHELL_SECRET');
  const alone = await doctor((await makeDataDir()).path);
  expect(alone).toContain('SHELL_SECRET');
  expect(alone).not.toContain('GITHUB_TOKEN');
});

test.skipIf(process.getuid?.() !== 0)('A10: … and at the user that a flag of that server names', async () => {
  const { path, appsDir } = await makeDataDir();
  const ports = await freePorts(2);
  const env = { GITHUB_TOKEN: 'v-1', ONE_TOKEN: 'v-2', TOEHOLD_PORTS: ports };
  const args = ['--app-user', 'nobody', '--pass-env=ONE_*', '--apps-dir', appsDir];
  await (await serve({ dataDir: path, env, args })).ready();
  const { stdout } = await run(['doctor'], { DATA_DIR: path, TOEHOLD_PORTS: ports, PORT: '0' });
  expect(stdout).toMatch(/✔ environment: .* of the server, as TOEHOLD_PASS_ENV says: ONE_TOKEN\n/);
});
