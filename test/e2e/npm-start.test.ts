import { access, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { shown } from '../cli/servers/running.ts';
import { writeAppFolder } from '../support/app-folder.ts';
import { freePorts } from '../support/free-ports.ts';
import {
  appIn,
  appProcesses,
  makeDataDir,
  noteToken,
  runProcess,
  type ServeProcess,
} from '../support/serve.ts';
import { until } from '../support/until.ts';

async function environment(dataDir: string): Promise<Record<string, string>> {
  return { DATA_DIR: dataDir, PORT: '0', TOEHOLD_PORTS: await freePorts(10) };
}

/** Everything that apps of this data directory have ever printed. */
async function printedBy(dataDir: string): Promise<string> {
  const runs = join(dataDir, '.toehold', 'runs');
  const files = (await readdir(runs)).map((run) => readFile(join(runs, run, 'stdout.log'), 'utf8'));
  return (await Promise.all(files)).join('');
}

/** The URL among what npm prints around it; the first start builds. */
async function urlOf(npm: ServeProcess, dataDir: string): Promise<string> {
  let over = false;
  void npm.ended.then(() => {
    over = true;
  });
  const printed = () => /http:\/\/127\.0\.0\.1:\d+/.exec(npm.stdout())?.at(0);
  const url = await until(() => printed() ?? (over && 'over'), 'npm start has printed the URL', 60_000);
  if (url === 'over') throw new Error(`npm start ended:\n${npm.stdout()}${npm.stderr()}`);
  noteToken(url, { DATA_DIR: dataDir });
  return url;
}

test('lays out the examples, installs what they need, and SIGTERM to npm ends it all', {
  timeout: 120_000,
}, async () => {
  const { path } = await makeDataDir();
  const dataDir = join(path, 'new');
  const npm = runProcess('npm', ['start'], await environment(dataDir));
  const url = await urlOf(npm, dataDir);
  const apps = await Promise.all(
    ['hello', 'qr', 'status'].map((name) => appIn(url, name, 'RUNNING', 60_000)),
  );
  const [hello, qr, status] = await Promise.all(apps.map(async (app) => (await fetch(app.url ?? '')).text()));
  expect(hello).toContain('<h1>👋 Hello</h1>');
  expect(qr).toContain('<h1>🔳 QR code</h1>');
  expect(await (await fetch(new URL('/code.svg?text=x', apps[1]?.url ?? ''))).text()).toContain('<svg');
  expect(status).toMatch(/>hello<\/a>.*>qr<\/a>.*>status<\/a>/);
  expect(await readlink(join(dataDir, 'apps/status/current'))).toBe('20260503-101500');

  npm.child.kill('SIGTERM');
  await npm.ended;
  expect(await printedBy(dataDir)).toContain('Hello says goodbye\n');
  expect(await appProcesses(join(dataDir, 'apps'))).toEqual([]);
});

test('A21: Ctrl-C in a terminal: apps get their whole grace', { timeout: 120_000 }, async () => {
  const { path, appsDir } = await makeDataDir();
  const directory = await writeAppFolder(appsDir, 'thorough', { program: 'thorough.mjs' });
  // `script` is a terminal: what is written to it is typed.
  const terminal = runProcess('script', ['-qec', 'npm start', '/dev/null'], await environment(path));
  const url = await urlOf(terminal, path);
  await appIn(url, 'thorough', 'RUNNING');
  const screen = () => shown(terminal.stdout());
  await until(() => /thorough +running +http:\/\/127/.test(screen()), 'a line for the app');
  const lines = screen().split('\n');
  const top = lines.findIndex((line) => /Toehold \d/.test(line));
  const block = lines.slice(top, lines.findIndex((line) => line.includes('Ctrl-C')) + 1);
  for (const line of block) expect(line.length).toBeLessThanOrEqual(80);
  expect(block.join('\n')).toMatch(
    /Dashboard[\s\S]*Another link: {2}npx toehold open\n[\s\S]*Ctrl-C to stop/,
  );
  expect(block.join('\n')).toContain(`Data folder:   ${path}`);
  // A line of its own, so that one click opens it.
  const login = block.find((line) => /^http:\S+\/login\?once=\S+$/.test(line)) ?? '';
  const once = new URL(login).searchParams.get('once');
  const headers = { 'content-type': 'application/json' };
  const logIn = () =>
    fetch(new URL('/login', url), { method: 'POST', headers, body: JSON.stringify({ once }) });
  expect(await (await logIn()).json()).toMatchObject({ name: 'first (browser)', role: 'ADMIN' });
  expect((await logIn()).status).toBe(401);
  terminal.child.stdin.write('\x03');
  await terminal.ended;
  await access(join(directory, 'finished'));
  expect(await appProcesses(appsDir)).toEqual([]);
});

test('copies no example where there is an apps/', { timeout: 120_000 }, async () => {
  const { path, appsDir } = await makeDataDir();
  const npm = runProcess('npm', ['start'], await environment(path));
  await urlOf(npm, path);
  await expect(access(join(appsDir, 'hello'))).rejects.toThrow('ENOENT');
  npm.child.kill('SIGTERM');
  await npm.ended;
});
