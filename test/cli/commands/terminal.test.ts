import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect, onTestFinished, test } from 'vitest';
import { until } from '../../support/until.ts';
import { sharedServer } from '../../support/whole-server.ts';
import { inTerminal, leadingTo, shown } from '../servers/running.ts';

const SHOW_CURSOR = '\x1b[?25h';
const HIDE_CURSOR = '\x1b[?25l';

const LONG = 'an-app-with-quite-a-long-name-of-its-own';
/** Queries the terminal, sets its title, clears it, and overwrites what is there. */
const ATTACK = String.raw`printf '\033]0;owned\007\033[2J\033[6nsafe\rover \033[32mgreen\n'; exec cat`;

const server = sharedServer({
  before: async ({ addApp }) => {
    await addApp(LONG, {});
    await addApp('rude', { script: ATTACK, toes: { port: false, icon: '👩‍🚀' } });
  },
});

const start = (args: readonly string[], size: { columns?: number; rows?: number } = {}) =>
  inTerminal(args, { ...size, env: leadingTo(server()) });

describe('ls', () => {
  test.each([120, 60, 40, 24])('fits a terminal of %i columns, in color', async (columns) => {
    const ls = start(['ls'], { columns });
    expect((await ls.ended).code).toBe(0);
    expect(ls.stdout()).toContain('\x1b[1m');
    const lines = shown(ls.stdout()).trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    expect(lines[0]).toMatch(columns >= 60 ? /NAME +STATE +URL/ : /NAME +STATE/);
  });

  test('keeps the reason why an app does not run, and leaves out what others use', async () => {
    await server().waitForState('rude', 'STOPPED');
    const ls = start(['ls'], { columns: 80 });
    expect((await ls.ended).code).toBe(0);
    expect(shown(ls.stdout())).toMatch(/^ +NAME +STATE +URL.* NOTE$/m);
    expect(shown(ls.stdout())).toMatch(/rude +STOPPED +It ended by itself/);
  });

  test('--watch shows a change in place, and Ctrl-C restores the cursor', async () => {
    const ls = start(['ls', '--watch']);
    await until(() => ls.stdout().includes('bystander'), 'the table is there');
    expect(ls.stdout()).toContain(HIDE_CURSOR);
    await server().ask(
      'mutation { setAppIcon(input: { app: { name: "rude" }, icon: "🦊" }) { __typename } }',
    );
    await until(() => ls.stdout().includes('🦊'), 'the change is shown');
    expect(ls.stdout()).toContain('\x1b[4A');
    ls.child.stdin.write('\x03');
    expect((await ls.ended).code).toBe(130);
    expect(ls.stdout().lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(ls.stdout().lastIndexOf(HIDE_CURSOR));
  });
});

test('log lines reach a terminal with their colors, and cannot control it otherwise', async () => {
  await server().waitForLine('rude', /green/);
  const logs = start(['logs', 'rude', '--stream', 'stdout']);
  expect((await logs.ended).code).toBe(0);
  expect(logs.stdout()).toBe('safe␍over \x1b[32mgreen\x1b[0m\r\n');
});

test('restart --wait shows a spinner, removes it, and ends with the result', async () => {
  const restart = start(['restart', '--wait', LONG], { columns: 60 });
  expect((await restart.ended).code).toBe(0);
  expect(restart.stdout()).toContain(`${HIDE_CURSOR}`);
  expect(restart.stdout()).toContain(`${LONG}: `);
  expect(restart.stdout()).toMatch(/\r\x1b\[K\x1b\[\?25h/);
  expect(shown(restart.stdout())).toMatch(new RegExp(`${LONG} {2}RUNNING {2}http:\\S+\n$`));
});

test('a failed start removes the spinner and then prints the reason', async () => {
  await server().addApp('broken', { script: 'echo no configuration >&2; exit 7', toes: { port: false } });
  await server().waitForApp('broken', 'is there', Boolean);
  const restart = start(['restart', '--wait', 'broken']);
  expect((await restart.ended).code).toBe(1);
  const [, after = ''] = restart.stdout().split('\r\x1b[K\x1b[?25h');
  const lines = shown(after).trimEnd().split('\n');
  expect(lines).toContainEqual(
    expect.stringMatching(/^ {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d no configuration$/),
  );
  expect(lines.at(-1)).toMatch(/^toehold: broken: .*7/);
  await server().command('removeApp', 'broken');
});

test('open starts the desktop’s browser with the link, and prints it', async () => {
  const bin = await mkdtemp(join(tmpdir(), 'toehold-desktop-'));
  onTestFinished(() => rm(bin, { recursive: true, force: true }));
  await writeFile(
    join(bin, 'xdg-open'),
    `#!/bin/sh\necho "$1" > ${bin}/part; mv ${bin}/part ${bin}/opened\n`,
    { mode: 0o755 },
  );
  const env = { ...leadingTo(server()), DISPLAY: ':0', PATH: `${bin}:${process.env.PATH}` };
  const open = inTerminal(['open'], { columns: 200, env });
  expect((await open.ended).code).toBe(0);
  const [link] = shown(open.stdout()).split('\n');
  expect(link).toContain('/login?once=');
  expect(shown(open.stdout())).toContain('Works once, until ');
  expect(await until(() => readFile(join(bin, 'opened'), 'utf8'), 'it was opened')).toBe(`${link}\n`);
});

describe('rm asks', () => {
  test.each([
    ['y\r', 0, null],
    ['\r', 1, 'STOPPED'],
    ['\x03', 130, 'STOPPED'],
    ['\x04', 1, 'STOPPED'],
  ])('and removes the app only for a yes: %j', async (keys, code, state) => {
    await server().addApp('doomed', { script: 'exit 0', toes: { port: false } });
    await server().waitForState('doomed', 'STOPPED');
    const removal = start(['rm', 'doomed']);
    await until(() => removal.stdout().includes('[y/N]'), 'it asks');
    removal.child.stdin.write(keys);
    expect((await removal.ended).code).toBe(code);
    expect((await server().app('doomed'))?.state ?? null).toBe(state);
  });
});
