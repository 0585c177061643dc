import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AppLines } from '../../../src/cli/serve/app-lines.ts';
import { until } from '../../support/until.ts';
import { sharedServer } from '../../support/whole-server.ts';

const server = sharedServer({
  before: async ({ addApp }) => {
    await addApp('web', { toes: { icon: '🦊' } });
  },
});

/** The lines of a server's console from now on, without colors and without their time. */
function follow(): string[] {
  const lines: string[] = [];
  const { supervisor, events, appUrl: urlOf } = server().control;
  const print = (line: string) => {
    const [, rest] = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (.*)$/.exec(line.replaceAll(/\x1b\[\d+m/g, '')) ?? [];
    lines.push(rest ?? `no time: ${line}`);
  };
  onTestFinished(new AppLines({ supervisor, events, urlOf, print, now: Date.now }).start());
  return lines;
}

const comes = (lines: readonly string[], line: string | RegExp) =>
  until(
    () => lines.some((found) => (typeof line === 'string' ? found === line : line.test(found))),
    `${line}`,
  );

test('what runs already has a line at once, and each change one more, in its order', async () => {
  const { url } = await server().waitForState('web', 'RUNNING');
  const lines = follow();
  expect(lines).toContain(`🦊 web       running   ${url}`);
  const own = () => lines.filter((line) => line.startsWith('🦊 web '));
  await server().command('restartApp', 'web', true);
  await server().command('stopApp', 'web', true);
  await server().command('startApp', 'web', true);
  await until(() => own().length >= 4, 'three changes');
  expect(own().slice(1)).toEqual([
    `🦊 web       restarted ${url}`,
    '🦊 web       stopped  ',
    `🦊 web       running   ${url}`,
  ]);
});

test('an app that crashes has its exit and its next start, and one that recovers is restarted', async () => {
  const lines = follow();
  await server().addApp('shaky', { script: 'test -e fixed && exec sleep 1d; exit 7', toes: { port: false } });
  await comes(lines, /shaky {5}crashed {3}ended by itself \(code 7\); restarts in \ds$/);
  await writeFile(join(server().appsDir, 'shaky/current/fixed'), '');
  await comes(lines, /shaky {5}restarted$/);
  await server().command('removeApp', 'shaky');
});

test('an app that ends for good, and one that is invalid, have the reason', async () => {
  const lines = follow();
  await server().addApp('job', { script: 'exit 0', toes: { port: false } });
  await comes(lines, /job {7}ended {5}.*code 0/);
  await server().addApp('wrong', { script: '' });
  await comes(lines, /wrong {5}invalid {3}\S/);
});

const of = (lines: readonly string[], name: string) =>
  lines.flatMap((line) => (line.includes(` ${name} `) ? [line.replace(/^\S+ \S+ +/, '').trimEnd()] : []));

test('a command that ends an app shows as stopped, never as ended', async () => {
  const lines = follow();
  await server().addApp('tmpa', { script: 'exec sleep 1d', toes: { port: false } });
  await comes(lines, /tmpa {6}running\s*$/);
  await server().rename('tmpa', 'tmpb');
  await comes(lines, /tmpb {6}running\s*$/);
  await server().command('removeApp', 'tmpb');
  await comes(lines, /tmpb {6}removed/);
  expect(of(lines, 'tmpa')).toEqual(['running', 'stopped']);
  expect(of(lines, 'tmpb').filter((line) => line !== 'stopped')).toEqual([
    'renamed   from tmpa',
    'running',
    'removed',
  ]);
  await server().addApp('tmpb', { script: 'exec sleep 1d', toes: { port: false } });
  await until(() => of(lines, 'tmpb').filter((line) => line === 'running').length === 2, 'a new app');
});

test('an app that was invalid is running at its first start, and no restart', async () => {
  const lines = follow();
  await server().addApp('late', { script: '' });
  await comes(lines, /late {6}invalid {3}\S/);
  await server().addApp('late', { script: 'exec sleep 1d', toes: { port: false } });
  await comes(lines, /late {6}running\s*$/);
});

test('an app that fails and is not to be restarted is crashed', async () => {
  const lines = follow();
  await server().addApp('once', { script: 'exit 3', toes: { port: false, restart: 'never' } });
  await comes(lines, /once {6}crashed {3}.*code 3/);
  expect(of(lines, 'once')).toHaveLength(1);
});
