import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { writeAppFolder } from '../support/app-folder.ts';
import { freePorts } from '../support/free-ports.ts';
import { appIn, COMMAND, makeDataDir, runProcess } from '../support/serve.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);

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
  expect(line).toMatch(new RegExp(`can open ${limit} files at once and needs ${needed}: .*ulimit -n`));
  expect(more).toEqual([]);
});

test('a server that can open no file lives on, and does its work when it can again', async () => {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'web', {});
  const env = { DATA_DIR: path, PORT: '0', TOEHOLD_PORTS: await freePorts(4) };
  const server = withFiles(256, ['serve'], env);
  const url = await server.ready();
  const before = await appIn(url, 'web', 'RUNNING');
  const allow = (files: number) => run('prlimit', ['--pid', `${server.pid}`, `--nofile=${files}:256`]);
  const sockets: Socket[] = [];
  onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
  let refused = 0;
  /** The server has met the limit so many times more: it closes what it cannot take. */
  async function meetsLimit(times: number): Promise<void> {
    const enough = refused + times;
    await until(() => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      sockets.push(socket.on('error', () => {}).on('close', () => (refused += 1)));
      return refused >= enough;
    }, 'the server can open no file');
  }

  // No more than are open.
  await allow(Math.max(...(await readdir(`/proc/${server.pid}/fd`)).map(Number)) + 1);
  await meetsLimit(5);
  process.kill(before.run?.pid ?? 0, 'SIGKILL');
  await meetsLimit(20);
  await allow(256);
  for (const socket of sockets) socket.destroy();
  const { run: after } = await until(
    async () => {
      const app = await appIn(url, 'web', 'RUNNING', 60_000);
      return app.run?.id !== before.run?.id && app;
    },
    'the app runs again',
    60_000,
  );
  expect(after?.pid).toBeGreaterThan(0);
  server.child.kill('SIGTERM');
  expect(await server.ended).toEqual({ code: 0, signal: null });
}, 120_000);

test('as process 1 of a container it refuses to start, and names an init', async () => {
  const { path } = await makeDataDir();
  const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const namespace = [...asRoot, '--pid', '--fork', '--mount-proc'];
  const env = { DATA_DIR: path, PORT: '0', TOEHOLD_PORTS: await freePorts(4) };
  const first = runProcess('unshare', [...namespace, process.execPath, ...COMMAND, 'serve'], env);
  expect(await first.ended).toEqual({ code: 2, signal: null });
  expect(first.stderr()).toMatch(/^toehold: it is process 1 of this container .*docker run --init.*tini/);

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
}, 120_000);
