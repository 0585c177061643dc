import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../../src/contracts/clock.ts';
import { RUN_FILES } from '../../../src/core/run.ts';
import { createSystemClock } from '../../../src/drivers/system-clock.ts';
import { createLocalHarness, freePort, type LocalDriverHarness } from '../../support/local-driver.ts';
import { program } from '../../support/programs.ts';
import { until } from '../../support/until.ts';

let harness: LocalDriverHarness;

beforeEach(async () => {
  harness = await createLocalHarness();
});

afterEach(() => harness.cleanup());

describe('how a script ends', () => {
  test.each([
    ['exit 0', 0, null],
    ['exit 7', 7, null],
    ['nosuchprogram --flag', 127, null],
    ['./package.json', 126, null],
    ['if then fi', 2, null],
    ['kill -USR1 $$; sleep 100', 138, 'SIGUSR1'],
    ['node -e "process.exit(9)"', 9, null],
    ['node -e "process.abort()"', 134, 'SIGABRT'],
  ])('A14: %s → %i', async (script, code, signal) => {
    const { run } = await harness.run(await harness.spec(script));
    expect(await harness.events.next(run, 'ENDED')).toEqual({ type: 'ENDED', code, signal });
    expect(harness.events.types(run)).toEqual(['STARTING', 'STARTED', 'ENDED']);
  });

  test('what the shell says of it is in the log', async () => {
    const { run } = await harness.run(await harness.spec('nosuchprogram'));
    await harness.events.next(run, 'ENDED');
    expect((await harness.output(run)).stderr).toContain('nosuchprogram: not found');
  });

  test('an exit 0 with others left is reported, and the run goes on', async () => {
    const { run } = await harness.run(await harness.spec(program('grandchild', '--exit', 0)));
    expect(await harness.events.next(run, 'SCRIPT_ENDED')).toEqual({
      type: 'SCRIPT_ENDED',
      code: 0,
      signal: null,
    });
    const { pids, pid } = await harness.driver.status(run);
    expect(pids).toHaveLength(1);
    expect(pid).toBeNull();
    harness.driver.stop(run);
    expect(await harness.events.next(run, 'ENDED')).toEqual({ type: 'ENDED', code: 0, signal: null });
  });

  test('a shim that was killed alone ends nothing: the run goes on, and its status is unknown', async () => {
    const { run } = await harness.run(await harness.spec(program('idle')));
    await until(async () => (await harness.output(run)).stdout === 'ready\n', 'the app is ready');
    const { handle, pid } = await harness.events.next(run, 'STARTED');
    process.kill((handle.data as { shim: { pid: number } }).shim.pid, 'SIGKILL');
    await until(
      async () => !(await processExists((handle.data as { shim: { pid: number } }).shim.pid)),
      'no shim',
    );
    expect((await harness.driver.status(run)).pid).toBe(pid);
    expect(harness.events.types(run)).toEqual(['STARTING', 'STARTED']);
    harness.driver.stop(run);
    expect(await harness.events.next(run, 'ENDED')).toEqual({ type: 'ENDED', code: null, signal: null });
    expect(harness.events.types(run)).toEqual(['STARTING', 'STARTED', 'ENDED']);
  });
});

test('a shim that is slow to begin the script delays STARTED, which has the pid', async () => {
  const system = createSystemClock();
  // Beside looks that follow one another at once, every shim is slow.
  const clock: Clock = {
    ...system,
    after: (ms, callback) => (ms < 50 ? nextTurn(callback) : system.after(ms, callback)),
  };
  harness = await harness.successor({ clock });
  const specs = await Promise.all(Array.from({ length: 5 }, () => harness.spec(program('idle'))));
  for (const spec of specs) await harness.run(spec);
  const started = await Promise.all(specs.map(({ run }) => harness.events.next(run, 'STARTED')));
  expect(started.map(({ pid }) => pid)).toEqual(specs.map(() => expect.any(Number)));
});

function nextTurn(callback: () => void): () => void {
  const immediate = setImmediate(callback);
  return () => clearImmediate(immediate);
}

test('an app that closes its stdout goes on', async () => {
  const port = await freePort();
  const spec = await harness.run(await harness.spec(program('serve', '--close-stdout'), { port }));
  await harness.events.next(spec.run, 'LISTENING');
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  harness.driver.stop(spec.run);
  expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ signal: 'SIGTERM' });
});

test('B-22: the release directory may be deleted under a running app', async () => {
  const spec = await harness.run(await harness.spec(program('idle', 0)));
  await until(async () => (await harness.output(spec.run)).stdout === 'ready\n', 'the app is ready');
  await rm(spec.appDirectory, { recursive: true });
  expect((await harness.driver.status(spec.run)).pids).toHaveLength(1);
  harness.driver.stop(spec.run);
  expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ code: 0 });
});

test('the last words of an app that prints and exits at once are all there', async () => {
  const { run } = await harness.run(await harness.spec(program('print', 200_000, 1)));
  expect(await harness.events.next(run, 'ENDED')).toMatchObject({ code: 1 });
  const lines = (await harness.output(run)).stdout.split('\n');
  expect(lines.slice(-2)).toEqual(['line 200000 ', '']);
  expect(lines).toHaveLength(200_001);
});

test('A14: STARTED has the pid of a script that killed its shim before anyone looked for it', async () => {
  const system = createSystemClock();
  // The first look for the pid, after a millisecond, never comes: the driver gets the end of the shim alone.
  const clock: Clock = {
    ...system,
    after: (ms, callback) => (ms === 1 ? () => {} : system.after(ms, callback)),
  };
  const patient = await createLocalHarness({ clock });
  onTestFinished(() => patient.cleanup());
  const { run } = await patient.run(await patient.spec('echo $$; kill -9 $PPID; exec sleep 1000'));
  const { pid } = await patient.events.next(run, 'STARTED');
  expect(pid).toBe(Number((await patient.output(run)).stdout));
});

test('STARTED has the pid of the script’s own process, never the shim’s', async () => {
  const { run } = await harness.run(await harness.spec('echo $$ && sleep 1000'));
  const { pid, handle } = await harness.events.next(run, 'STARTED');
  await until(async () => (await harness.output(run)).stdout === `${pid}\n`, 'the script says the same');
  expect(handle).toMatchObject({ driver: 'local', version: 1, data: { script: { pid } } });
  const status = await harness.driver.status(run);
  expect(status.pid).toBe(pid);
  expect(status.pids).not.toContain((handle.data as { shim: { pid: number } }).shim.pid);
});

test('the run directory is for its owner alone, and the outputs are only appended to', async () => {
  const { run } = await harness.run(
    await harness.spec('echo one; echo two > /dev/stderr; echo three >&2; echo four'),
  );
  await harness.events.next(run, 'ENDED');
  const { directory } = harness.driver.logs(run);
  const modes = await Promise.all(
    ['', RUN_FILES.STDOUT, RUN_FILES.STDERR, RUN_FILES.meta].map(async (name) =>
      ((await stat(join(directory, name))).mode & 0o777).toString(8),
    ),
  );
  expect(modes).toEqual(['700', '600', '600', '600']);
  expect(await harness.output(run)).toEqual({ stdout: 'one\nfour\n', stderr: 'two\nthree\n' });
});

describe('what cannot be started', () => {
  test('B-7: a cwd that vanished is that app’s error', async () => {
    const spec = await harness.spec('true', { install: false });
    await rm(spec.appDirectory, { recursive: true });
    harness.driver.begin(spec);
    const { message } = await harness.events.next(spec.run, 'START_FAILED');
    expect(message).toBe(`Cannot run in ${spec.releaseDirectory}: the directory is gone`);
  });

  test('B-7: a release directory that vanished before the installation is that app’s error', async () => {
    const spec = await harness.spec('true');
    await rm(spec.appDirectory, { recursive: true });
    harness.driver.begin(spec);
    const { message } = await harness.events.next(spec.run, 'INSTALL_FAILED');
    expect(message).toContain(`${spec.releaseDirectory} is gone`);
  });

  test('a script that is longer than the system takes', async () => {
    const spec = await harness.spec(`echo ${'x'.repeat(200_000)}`, { install: false });
    harness.driver.begin(spec);
    const { message } = await harness.events.next(spec.run, 'START_FAILED');
    expect(message).toContain('longer than the system takes');
  });

  test('a variable that no process can have', async () => {
    const spec = await harness.spec('true', { variables: { BAD: 'a\0b' } });
    harness.driver.begin(spec);
    expect((await harness.events.next(spec.run, 'START_FAILED')).message).toContain('Cannot run /bin/sh');
  });

  test('a run directory that cannot be made', async () => {
    const spec = await harness.spec('true');
    await mkdir(join(harness.directory, 'runs'));
    await writeFile(join(harness.directory, 'runs', String(spec.run)), 'in the way');
    harness.driver.begin(spec);
    const { message } = await harness.events.next(spec.run, 'INSTALL_FAILED');
    expect(message).toContain("The run's directory cannot be made");
    const other = await harness.spec('exit 0');
    await harness.run(other);
    expect(await harness.events.next(other.run, 'ENDED')).toMatchObject({ code: 0 });
  });
});

async function processExists(pid: number): Promise<boolean> {
  return stat(`/proc/${pid}`).then(
    () => true,
    () => false,
  );
}
