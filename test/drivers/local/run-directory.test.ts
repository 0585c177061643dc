import { spawnSync } from 'node:child_process';
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openOutputs, readExitFile, readPidFile } from '../../../src/drivers/local/run-directory.ts';
import { createLocalHarness } from '../../support/local-driver.ts';

describe('what may stand in a run’s directory', () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'toehold-run-'));
  });

  afterEach(() => rm(directory, { recursive: true }));

  test.each(['FIFO', 'symlink', 'endless file'])('a status file that is a %s is none', async (kind) => {
    await writeFile(join(directory, 'elsewhere'), '0\n');
    for (const name of ['pid', 'exit']) {
      if (kind === 'FIFO') spawnSync('mkfifo', [join(directory, name)]);
      else if (kind === 'symlink') await symlink('elsewhere', join(directory, name));
      else await writeFile(join(directory, name), '0\n'.repeat(10_000));
    }
    expect(readPidFile(directory)).toBeNull();
    expect(readExitFile(directory)).toBeNull();
  });

  test('a symlink in the place of a spool is not written through', async () => {
    await writeFile(join(directory, 'elsewhere'), '');
    await symlink('elsewhere', join(directory, 'stderr.log'));
    await expect(openOutputs(directory, null)).rejects.toThrow('ELOOP');
  });
});

test.each(['0', '22', '77', '277'])(
  'whatever the umask (%s), files are 0600 and directories 0700; the script has it as it was',
  async (octal) => {
    const umask = Number.parseInt(octal, 8);
    const harness = await createLocalHarness();
    const spec = await harness.spec('umask; exit 3');
    const before = process.umask(umask);
    try {
      await harness.run(spec);
      await harness.events.next(spec.run, 'ENDED');
    } finally {
      process.umask(before);
    }
    const { directory } = harness.driver.logs(spec.run);
    const modeOf = async (path: string) => ((await lstat(path)).mode & 0o7777).toString(8);
    expect(await modeOf(directory)).toBe('700');
    const names = (await readdir(directory)).sort();
    expect(names).toEqual(['exit', 'meta.json', 'pid', 'stderr.log', 'stdout.log']);
    for (const name of names) expect([name, await modeOf(join(directory, name))]).toEqual([name, '600']);
    expect(Number.parseInt((await harness.output(spec.run)).stdout, 8)).toBe(umask);
    expect(await readFile(join(directory, 'exit'), 'utf8')).toBe('3\n');
    await harness.cleanup();
  },
);
