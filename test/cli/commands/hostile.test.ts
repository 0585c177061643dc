import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeAppFolder } from '../../support/app-folder.ts';
import { freePorts } from '../../support/free-ports.ts';
import { COMMAND, type DataDir, makeDataDir } from '../../support/serve.ts';
import { until } from '../../support/until.ts';

/** Writes to the clipboard (OSC 52), rings the bell, sets the title, clears the screen (C1), and reverses text. */
const ATTACK = '\x1b]52;c;bWluZQ==\x07\x1b]0;owned\x07\x07\u009b2J\u202etxt';
/** The same for printf of a shell, with a color. */
const PRINTED = String.raw`\033]52;c;bWluZQ==\007\033]0;owned\007\007\302\2332J\342\200\256txt \033[31mred`;
const COLOR = '\x1b[31mred';
/** What may reach a terminal here: colors and line ends. */
const HARMLESS = /\x1b\[[0-9;]*m|\r?\n|\t/g;
const OBEYED = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

/** As an HTTP parser lets it pass: C1 as single bytes. */
const REDIRECTS = `require('node:net').createServer((socket) => socket.on('error', () => {}).once('data', () =>
  socket.end(Buffer.from('HTTP/1.1 302 Found\\r\\nLocation: http://[mark-location\\x9b2J\\x9downed\\x9c\\r\\nContent-Length: 0\\r\\n\\r\\n', 'latin1'))
)).listen(process.env.PORT);`;

/** The bytes of both output streams of a program, in one. */
function start(args: readonly string[], env: Readonly<Record<string, string>>, terminal: boolean) {
  const words = [process.execPath, ...COMMAND, ...args];
  const line = `stty cols 400 rows 50; exec ${words.map((word) => `'${word}'`).join(' ')}`;
  const [program = '', ...rest] = terminal ? ['script', '-qefc', line, '/dev/null'] : words;
  const { PATH = '', HOME = '/' } = process.env;
  const child = spawn(program, rest, { env: { PATH, HOME, TERM: 'xterm-256color', ...env } });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  const ended = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    child.stdout.destroy();
    child.stderr.destroy();
    await ended;
  });
  const bytes = () => Buffer.concat(chunks);
  return { child, ended, bytes, text: () => bytes().toString() };
}

/** Fails if the output controls the terminal, or is not UTF-8. */
function expectHarmless(bytes: Buffer, what: string): void {
  const text = bytes.toString();
  expect(Buffer.from(text).equals(bytes), `${what}: UTF-8`).toBe(true);
  const left = text.replace(HARMLESS, '');
  const at = left.search(OBEYED);
  expect(at < 0 ? null : JSON.stringify(left.slice(Math.max(0, at - 80), at + 40)), what).toBeNull();
}

const sleeping = JSON.stringify({ scripts: { toes: 'exec sleep 1000' }, toes: { port: false } });

/** Apps with a hostile folder, link, redirect, and lines; `swapped` still points to a valid release. */
async function hostileApps({ path, appsDir }: DataDir): Promise<void> {
  const outside = join(path, `mark-link${ATTACK}`);
  const directories = [
    outside,
    join(appsDir, `mark-folder${ATTACK}`, 'current'),
    join(appsDir, 'swapped', 'one'),
  ];
  for (const directory of directories) {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'package.json'), sleeping);
  }
  await mkdir(join(appsDir, 'linked'));
  await symlink(outside, join(appsDir, 'linked', 'current'));
  await symlink('one', join(appsDir, 'swapped', 'current'));
  const moved = await writeAppFolder(appsDir, 'moved', {
    script: 'node redirects.cjs',
    toes: { health: '/' },
  });
  await writeFile(join(moved, 'redirects.cjs'), REDIRECTS);
  const script = `printf 'mark-line ${PRINTED}\\n'; exec sleep 1000`;
  await writeAppFolder(appsDir, 'printer', { script, toes: { port: false } });
}

/** A server with such apps, and its console after it has reported all of them. */
async function serveHostile(terminal: boolean) {
  const directory = await makeDataDir();
  await hostileApps(directory);
  const settings = {
    ...{ DATA_DIR: directory.path, PORT: '0', XDG_STATE_HOME: directory.path },
    ...{ TOEHOLD_PORTS: await freePorts(5), TOEHOLD_HEALTH_INTERVAL: '100ms' },
  };
  const server = start(['serve'], settings, terminal);
  const [url = ''] = await until(() => /http:\/\/[\w.:[\]]+/.exec(server.text()), 'it serves');
  // A server keeps running when its terminal closes.
  const { pid } = JSON.parse(await readFile(join(directory.path, '.toehold/server.json'), 'utf8'));
  onTestFinished(async () => {
    process.kill(pid, 'SIGKILL');
    await server.ended;
  });
  const token = (await readFile(join(directory.path, '.toehold/token'), 'utf8')).trim();
  const leading = { TOEHOLD_URL: url, TOEHOLD_TOKEN: token, XDG_STATE_HOME: directory.path };
  const run = async (args: readonly string[], inTerminal: boolean) => {
    const command = start(args, args[0] === 'doctor' ? settings : leading, inTerminal);
    command.child.stdin.end();
    await command.ended;
    return command;
  };
  await until(async () => (await run(['logs', 'printer'], false)).text().includes('mark-line'), 'a line');
  await until(async () => (await run(['logs', 'moved'], false)).text().includes('mark-location'), 'a check');
  return { directory, server, run };
}

const WAYS = [
  ['terminal', true],
  ['pipe', false],
] as const;

test.each(WAYS)(
  'names, links, and messages of apps do not control the terminal: the console of serve, in a %s',
  {
    timeout: 90_000,
  },
  async (way, terminal) => {
    const { directory, server, run } = await serveHostile(terminal);
    await until(() => server.text().includes('mark-location'), 'the console has the redirect');
    await until(async () => /swapped +RUNNING/.test((await run(['ls'], false)).text()), 'it runs');
    const current = join(directory.appsDir, 'swapped', 'current');
    await symlink(join(directory.path, `mark-link${ATTACK}`), `${current}.new`);
    await rename(`${current}.new`, current);
    await until(async () => /swapped .*mark-link/.test((await run(['ls'], false)).text()), 'it is seen');
    expectHarmless(server.bytes(), `serve in a ${way}`);
  },
);

test('names, links, messages, and output of apps do not control the terminal: the commands', {
  timeout: 180_000,
}, async () => {
  const { run } = await serveHostile(false);
  for (const [way, terminal] of WAYS) {
    const marks = {
      doctor: ['mark-folder', 'mark-link'],
      ls: ['mark-folder', 'mark-link'],
      events: ['mark-folder'],
      'status moved': ['mark-location'],
      'logs --plain printer': ['mark-line'],
    };
    for (const [line, expected] of Object.entries(marks)) {
      const command = await run(line.split(' '), terminal);
      for (const mark of expected) expect(command.text(), `${line} in a ${way}`).toContain(mark);
      expectHarmless(command.bytes(), `${line} in a ${way}`);
    }
  }
  const shown = await run(['logs', 'printer', '--stream', 'stdout'], true);
  expectHarmless(shown.bytes(), 'logs in a terminal');
  expect(shown.text()).toContain(COLOR);
  const piped = await run(['logs', 'printer', '--stream', 'stdout'], false);
  expect(piped.text()).toBe(`mark-line ${ATTACK} ${COLOR}\n`);
  const plain = await run(['logs', 'printer', '--stream', 'stdout', '--plain'], false);
  expect(plain.text()).not.toContain('\x1b');
});
