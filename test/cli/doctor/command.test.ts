import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../../support/free-ports.ts';

const MAIN = fileURLToPath(new URL('../../../dist/src/main.js', import.meta.url));

test('toehold doctor tells each finding and what to do, also as JSON; its code says whether something is broken', async () => {
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
    advice: `Mend ${directory}/apps/broken/current/package.json`,
  });
});
