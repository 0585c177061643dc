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
