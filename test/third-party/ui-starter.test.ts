import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { until } from '../support/until.ts';
import { startServer, type WholeServer } from '../support/whole-server.ts';
import { cleanEnvironment, type Outcome, run } from './workshop.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Debian's package `chromium`. */
const CHROMIUM = '/usr/bin/chromium';
const QUIET = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];

/** A copy outside the repository, as somebody makes it who begins with it, and with what its lock file names. */
let copy: string;
let built: Outcome;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'toehold-ui-starter-'));
  const isOwn = (path: string) => !/\/(node_modules|dist|src\/generated)$/.test(path);
  await cp(join(ROOT, 'examples/ui-starter'), copy, { recursive: true, filter: isOwn });
  await cp(join(ROOT, 'schema/schema.graphql'), join(copy, 'schema.graphql'));
  const args = ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--engine-strict'];
  const { code, output } = await run('npm', args, copy);
  if (code !== 0) throw new Error(`npm ci says:\n${output}`);
  built = await run('npm', ['run', 'build'], copy);
}, 240_000);
afterAll(() => rm(copy, { recursive: true, force: true }));

it('the UI starter says exactly what it is built with', async () => {
  const { dependencies, devDependencies, overrides } = JSON.parse(
    await readFile(join(copy, 'package.json'), 'utf8'),
  ) as Record<string, Record<string, string>>;
  const versions = Object.entries({ ...dependencies, ...devDependencies, ...overrides });
  expect(versions.length).toBeGreaterThan(10);
  expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

it('the UI starter is made from the published SDL, checked and built', () => {
  expect(built.output).toContain('built in');
  expect(built.code).toBe(0);
  expect(existsSync(join(copy, 'dist/index.html'))).toBe(true);
});

interface PreviewOptions {
  readonly port: string;
  /** Where the proxy asks. */
  readonly server?: string;
  /** The folder in the copy. */
  readonly from?: string;
}

const freePort = async () => (await freePorts(1)).split('-')[0] ?? '';

// Whoever has no browser can still run the tests; the project's own checks install it.
describe.skipIf(!existsSync(CHROMIUM))('the UI starter in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  }, 60_000);
  afterAll(() => browser.close());

  /** Serves what was built, with the proxy of its configuration; answers its URL. */
  async function preview({ port, server = '', from = 'dist' }: PreviewOptions): Promise<string> {
    const where = ['--host', '127.0.0.1', '--strictPort', '--port', port, '--outDir', from];
    const child = spawn(process.execPath, ['node_modules/vite/bin/vite.js', 'preview', ...where], {
      cwd: copy,
      // Else it would colour the URL.
      env: { ...cleanEnvironment(), TOEHOLD_URL: server, NO_COLOR: '1' },
    });
    let told = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        told += text;
      });
    }
    onTestFinished(async () => {
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    });
    const url = `http://127.0.0.1:${port}`;
    await until(() => told.includes(url) || child.exitCode !== null, 'vite serves the page', 30_000);
    if (!told.includes(url)) throw new Error(`vite preview has ended:\n${told}`);
    return url;
  }

  async function open(url: string): Promise<Page> {
    const context = await browser.newContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  async function logIn(page: Page, token: string, button = 'Log in'): Promise<void> {
    await page.getByLabel('token').fill(token);
    await page.getByRole('button', { name: button, exact: true }).click();
  }

  it('lists apps live, starts and stops them, tells a failure and follows a log', async () => {
    const server = await startServer({
      bystander: false,
      before: async ({ addApp }) => {
        await addApp('hello', {});
        await addApp('fails', { script: 'echo no such luck >&2; exit 3' });
      },
    });
    await server.command('stopApp', 'fails');
    await server.waitForState('hello', 'RUNNING');

    const page = await open(await preview({ port: await freePort(), server: server.url }));
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    const row = (name: string) => page.getByRole('listitem').filter({ hasText: name });
    const shows = (name: string, text: string) => row(name).getByText(text, { exact: true }).waitFor();
    const press = (name: string, button: string) =>
      row(name).getByRole('button', { name: button, exact: true }).click();

    await logIn(page, `toe_aaaaaaaaaa_${'a'.repeat(43)}`);
    await page.getByText('does not take that token').waitFor();
    await logIn(page, server.token);
    await shows('hello', 'RUNNING');
    await row('hello').getByRole('button', { name: 'hello' }).click();
    await page.getByLabel('Log of hello').getByText('ready', { exact: true }).waitFor();

    await press('hello', 'stop');
    await shows('hello', 'STOPPED');
    expect((await server.app('hello'))?.desiredState).toBe('STOPPED');

    // What somebody else does shows by itself, and so does what the app prints then.
    await server.command('startApp', 'hello');
    await shows('hello', 'RUNNING');
    await until(
      async () => (await page.getByLabel('Log of hello').getByText('ready', { exact: true }).count()) === 2,
      'the log goes on',
    );

    await press('fails', 'start');
    await row('fails').getByRole('alert').getByText('no such luck').waitFor();
    await press('fails', 'stop');
    await shows('fails', 'STOPPED');
    await page.reload();
    await shows('hello', 'RUNNING');
    expect(problems).toEqual([]);
    if (process.env.TOEHOLD_SCREENSHOT) await page.screenshot({ path: process.env.TOEHOLD_SCREENSHOT });

    // On a phone nothing is cut off.
    await page.setViewportSize({ width: 360, height: 740 });
    if (process.env.TOEHOLD_SCREENSHOT)
      await page.screenshot({
        path: process.env.TOEHOLD_SCREENSHOT.replace('.png', '-360.png'),
        fullPage: true,
      });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
    for (const button of await page.getByRole('button').all()) {
      const box = (await button.boundingBox()) ?? expect.fail('it is shown');
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(360);
    }
    const name = await row('hello').getByRole('button', { name: 'hello' }).boundingBox();
    expect(name?.width).toBeGreaterThan(100);
  }, 90_000);

  it('logs in from an allowed origin, and logs out when its session is revoked', async () => {
    const [named, other] = [await freePort(), await freePort()];
    const server = await startServer({
      bystander: false,
      env: { TOEHOLD_ALLOWED_ORIGINS: `http://127.0.0.1:${named}` },
      before: ({ addApp }) => addApp('hello', {}),
    });
    await server.waitForState('hello', 'RUNNING');
    const { token, text } = await newToken(server);
    const env = { VITE_TOEHOLD_URL: server.url };
    const elsewhere = await run('npx', ['vite', 'build', '--outDir', 'dist-elsewhere'], copy, env);
    expect(elsewhere.output).toContain('built in');

    const page = await open(await preview({ port: named, from: 'dist-elsewhere' }));
    await page.getByRole('button', { name: 'Log in at the server' }).click();
    // From here on it is the page of the server.
    await page.getByText('Log in to this server first').waitFor();
    await page.getByLabel('Or paste a token').fill(text);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Allow', exact: true }).click();
    await page.getByText(`ui (http://127.0.0.1:${named}) (operator)`).waitFor();
    expect(new URL(page.url()).search).toBe('');
    await page.getByText('RUNNING', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'stop' }).click();
    await page.getByText('STOPPED', { exact: true }).waitFor();
    await page.getByLabel('Log of hello').getByText('ready', { exact: true }).waitFor();
    await server.ask('mutation ($id: ID!) { revokeToken(input: { id: $id }) { __typename } }', {
      id: token.id,
    });
    await page.getByText('does not take that token').waitFor();

    const stranger = await open(await preview({ port: other, from: 'dist-elsewhere' }));
    await logIn(stranger, server.token, 'Use the token');
    await stranger.getByRole('alert').getByText('Failed to fetch').waitFor();
  }, 90_000);
});

async function newToken(server: WholeServer): Promise<{ token: { id: string }; text: string }> {
  const { createToken } = await server.ask<{ createToken: { token: { id: string }; text: string } }>(
    `mutation {
      createToken(input: { name: "ui", role: OPERATOR }) { ... on CreateTokenSuccess { token { id } text } }
    }`,
  );
  return createToken;
}
