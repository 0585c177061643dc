import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { writeAppFolder } from '../support/app-folder.ts';
import { freePorts } from '../support/free-ports.ts';
import { appIn, COMMAND, makeDataDir, runProcess } from '../support/serve.ts';
import { until } from '../support/until.ts';

/** The command, in a process that may open only so many files. */
function withFiles(limit: number, args: readonly string[], env: Readonly<Record<string, string>>) {
  const limited = ['-c', 'ulimit -n "$0" && exec "$@"', String(limit)];
  return runProcess('sh', [...limited, process.execPath, ...COMMAND, ...args], env);
}

test.each([
  [32, 'serve', 256],
  [128, 'serve', 256],
  [32, 'ls', 128],
])('with %i open files `%s` ends with one line and code 2', async (limit, command, needed) => {
  const { path } = await makeDataDir();
  const server = withFiles(limit, [command], { DATA_DIR: path, PORT: '0' });
  expect(await server.ended).toEqual({ code: 2, signal: null });
  expect(server.stdout()).toBe('');
  const [line, ...more] = server.stderr().trimEnd().split('\n');
  expect(line).toMatch(new RegExp(`may open ${limit} files at once, and needs ${needed}: .*ulimit -n`));
  expect(more).toEqual([]);
});

test('a server that has no open file left lives on, and does its work when there are some again', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', {});
  const env = { DATA_DIR: path, PORT: '0', TOEHOLD_PORTS: await freePorts(4) };
  const server = withFiles(256, ['serve'], env);
  const url = await server.ready();
  const before = await appIn(url, 'web', 'RUNNING');
  const port = Number(new URL(url).port);
  const sockets = Array.from({ length: 400 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
  const openFiles = async () => (await readdir(`/proc/${server.pid}/fd`)).length;
  await until(async () => (await openFiles()) >= 250, 'the server has hardly any file left');

  // A restart needs files: for the log, the environment and the process.
  process.kill(before.run?.pid ?? 0, 'SIGKILL');
  await until(() => server.stderr().includes('Exited with code 137'), 'the server has seen the end');
  for (const socket of sockets) socket.destroy();
  await until(async () => (await openFiles()) < 150, 'the files are closed');
  const { run } = await until(
    async () => {
      const app = await appIn(url, 'web', 'RUNNING');
      return app.run?.id !== before.run?.id && app;
    },
    'the app runs again',
    60_000,
  );
  expect(run?.pid).toBeGreaterThan(0);
  const end = once(server.child, 'exit');
  server.child.kill('SIGTERM');
  expect(await end).toEqual([0, null]);
}, 120_000);

test('as process 1 of a container it refuses to start, and names an init', async () => {
  const { path } = await makeDataDir();
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const namespace = [...asRoot, '--pid', '--fork', '--mount-proc'];
  const env = { DATA_DIR: path, PORT: '0', TOEHOLD_PORTS: await freePorts(4) };
  const first = runProcess('unshare', [...namespace, process.execPath, ...COMMAND, 'serve'], env);
  expect(await first.ended).toEqual({ code: 2, signal: null });
  expect(first.stderr()).toMatch(/^toehold: it is process 1 of this container, .*docker run --init.*tini/);

  // Commands run as process 1: they start nothing.
  const other = runProcess('unshare', [...namespace, process.execPath, ...COMMAND, '--version'], env);
  expect(await other.ended).toEqual({ code: 0, signal: null });
  // Any shell in front collects what is left to it.
  const second = runProcess(
    'unshare',
    [...namespace, '--kill-child', 'sh', '-c', '"$@"; exit $?', 'sh', process.execPath, ...COMMAND, 'serve'],
    env,
  );
  expect(await second.ready()).toContain('http://');
});
