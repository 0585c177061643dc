import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Stray } from '../../src/contracts/discovery.ts';
import { StrayNotices } from '../../src/discovery/strays.ts';
import { plainApp, temporaryDirectory } from '../support/apps-dir.ts';
import { runDiscovery } from '../support/discovery.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { until } from '../support/until.ts';

test('directories that are no apps are listed with the reason, and leave the list when they become one', async () => {
  const appsDir = await temporaryDirectory();
  const elsewhere = await temporaryDirectory();
  for (const name of ['shop', 'My Shop', '99', '.hidden', 'lost+found']) await mkdir(join(appsDir, name));
  await mkdir(join(appsDir, 'file'));
  await writeFile(join(appsDir, 'file/current'), '');
  await writeFile(join(appsDir, 'notes.txt'), '');
  await symlink(elsewhere, join(appsDir, 'linked'));
  await symlink('notes.txt', join(appsDir, 'linked-file'));
  await plainApp(appsDir, 'blog');
  const { discovery } = await runDiscovery(appsDir);
  await mkdir(join(appsDir, 'status/20260101-000000'), { recursive: true });
  await mkdir(join(appsDir, 'status/20260203-000000'));
  await discovery.rescan();
  const away = 'Make it a directory with current/package.json, or move it away';
  expect(discovery.strays()).toEqual([
    {
      ...{ name: '99', advice: away, adopt: null },
      reason: expect.stringMatching(/^It has no directory "current", and it needs another name: Name must/),
    },
    {
      ...{
        name: 'My Shop',
        advice: 'Rename it to my-shop. To make it an app then',
        adopt: 'my-shop',
      },
      reason: expect.stringMatching(/^It has no directory "current", and it needs another name: Name must/),
    },
    {
      name: 'file',
      reason: 'Its "current" is neither a directory nor a symlink',
      adopt: null,
      advice: away,
    },
    {
      name: 'linked',
      reason: `It is a symlink to ${elsewhere}, where there is no directory "current"`,
      ...{ advice: away, adopt: null },
    },
    {
      name: 'shop',
      reason: 'It has no directory "current"',
      ...{ advice: 'To make it one', adopt: 'shop' },
    },
    {
      name: 'status',
      reason: 'It has releases, and no link "current" to one of them',
      ...{
        adopt: null,
        advice: expect.stringMatching(/^Make that link: ln -s 20260203-000000 .*current/),
      },
    },
  ]);

  const names = () => discovery.strays().map(({ name }) => name);
  await mkdir(join(appsDir, 'shop/current'));
  await until(() => !names().includes('shop'), 'shop is an app');
  await rename(join(appsDir, 'shop/current'), join(appsDir, 'shop/old'));
  await until(() => names().includes('shop'), 'shop is none');
  await rm(join(appsDir, 'shop'), { recursive: true });
  await until(() => !names().includes('shop'), 'shop is gone');
});

const stray = (name: string): Stray => ({
  ...{ name, reason: 'It has no directory "current"' },
  ...{ advice: 'To make it one', adopt: name },
});

test('each stray is named once, after two seconds in which it did not become an app', async () => {
  const clock = createManualClock();
  const said: string[] = [];
  const notices = new StrayNotices(clock, 2_000, (text) => said.push(text), 'npx toehold');
  notices.found('half-made', stray('half-made'));
  notices.found('shop', stray('shop'));
  await clock.advance(1_999);
  notices.found('half-made', null);
  notices.found('shop', stray('shop'));
  await clock.advance(10_000);
  notices.found('shop', stray('shop'));
  await clock.advance(10_000);
  expect(said).toEqual([
    '"shop" in APPS_DIR is not an app, because it has no directory "current". To make it one: npx toehold adopt shop',
  ]);

  // Made an app, and taken away again.
  notices.found('shop', null);
  notices.found('shop', stray('shop'));
  await clock.advance(2_000);
  expect(said).toHaveLength(2);

  for (let index = 0; index < 100; index++) notices.found(`s${index}`, stray(`s${index}`));
  await clock.advance(2_000);
  // Twenty with "shop", which was named twice, and that there are more.
  expect(said).toHaveLength(22);
  expect(said.at(-1)).toContain('toehold doctor lists them');
  notices.found('late', stray('late'));
  notices.close();
  await clock.advance(2_000);
  expect(said).toHaveLength(22);
});

test('the strays that are known now are counted: after twenty were repaired, a later one is named', async () => {
  const clock = createManualClock();
  const said: string[] = [];
  const notices = new StrayNotices(clock, 2_000, (text) => said.push(text));
  const come = async (from: number, to: number) => {
    for (let index = from; index < to; index++) notices.found(`s${index}`, stray(`s${index}`));
    await clock.advance(2_000);
  };
  await come(0, 22);
  expect(said).toHaveLength(21);
  for (let index = 0; index < 20; index++) notices.found(`s${index}`, null);
  await come(30, 55);
  expect(said).toHaveLength(42);
  expect(said[21]).toContain('"s30" in APPS_DIR is not an app');
  expect(said.at(-1)).toContain('toehold doctor lists them');
});

test('a stray whose reason changes is named again, with the new one', async () => {
  const clock = createManualClock();
  const said: string[] = [];
  const notices = new StrayNotices(clock, 2_000, (text) => said.push(text));
  notices.found('shop', stray('shop'));
  await clock.advance(2_000);
  const linked = { ...stray('shop'), reason: 'It is a symlink to /a, where there is no current' };
  notices.found('shop', linked);
  notices.found('shop', linked);
  await clock.advance(10_000);
  expect(said.map((text) => /because (.*?)\. /.exec(text)?.[1])).toEqual([
    'it has no directory "current"',
    'it is a symlink to /a, where there is no current',
  ]);
  // The first of two that came at once is never said.
  notices.found('shop', stray('shop'));
  await clock.advance(1_000);
  notices.found('shop', linked);
  await clock.advance(10_000);
  expect(said).toHaveLength(3);
});
