import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { until } from '../support/until.ts';

/** Debian's package `chromium`. */
const CHROMIUM = '/usr/bin/chromium';
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// Whoever has no browser can still run the tests; the project's own checks install it.
describe.skipIf(!existsSync(CHROMIUM))('GraphiQL in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  }, 60_000);
  afterAll(() => browser.close());

  async function openPage(plane: ControlPlane) {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const asked: string[] = [];
    const sockets: string[] = [];
    const problems: string[] = [];
    const sent: string[] = [];
    page.on('request', (request) => {
      asked.push(request.url());
      sent.push(request.postData() ?? '');
    });
    page.on('websocket', (socket) => {
      sockets.push(socket.url());
      socket.on('framesent', ({ payload }) => sent.push(String(payload)));
    });
    page.on('pageerror', (error) => problems.push(String(error)));
    onTestFinished(() => page.close());
    const schema = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.goto(plane.url);
    await (await schema).finished();
    await editor(page).first().waitFor();

    /** Presses the keys that run an operation; the first time until the page has sent it: its editor may not be there yet. */
    let ready = false;
    async function press(field: string): Promise<void> {
      if (ready) await page.keyboard.press('Control+Enter');
      await until(async () => {
        if (sent.some((text) => text.includes(field))) return true;
        // Once more would end a subscription that has just begun.
        if (!ready) await page.keyboard.press('Control+Enter');
        return false;
      }, `the page sends ${field}`);
      ready = true;
    }

    /** Replaces what stands in the editor, and runs it. */
    async function run(field: string, operation: string): Promise<void> {
      await editor(page).first().click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText(operation);
      await press(field);
    }
    return { page, asked, sockets, problems, press, run };
  }

  const editor = (page: Page) => page.locator('.graphiql-query-editor .view-line');
  const shows = (page: Page, text: string) =>
    until(
      // The editor writes spaces that do not break.
      async () =>
        ((await page.locator('.result-window').textContent()) ?? '').replace(/\s/g, ' ').includes(text),
      `the page shows ${text}`,
      20_000,
    );

  it('asks nobody but this server, and runs the query that it opens with', async () => {
    const plane = await startControlPlane();
    await plane.addApp('hello');
    const { page, asked, problems, press } = await openPage(plane);
    await editor(page).filter({ hasText: 'query Apps' }).click();
    await press('totalCount');
    await shows(page, '"totalCount": 1');
    await shows(page, '"name": "hello"');
    const hosts = asked.filter((url) => /^(https?|wss?):/.test(url)).map((url) => new URL(url).host);
    expect([...new Set(hosts)]).toEqual([new URL(plane.url).host]);
    expect(problems).toEqual([]);
  }, 60_000);

  it('runs a mutation, and a live subscription over WebSocket', async () => {
    const plane = await startControlPlane();
    await plane.addApp('hello');
    const { page, sockets, problems, run } = await openPage(plane);
    await run(
      'stopApp',
      'mutation { stopApp(input: {app: {name: "hello"}, wait: true}) { ... on StopAppSuccess { app { state } } } }',
    );
    await shows(page, '"state": "STOPPED"');

    await run(
      'AppStateChangedEvent',
      'subscription { events { __typename ... on EventBatch { events { ... on AppStateChangedEvent { to } } } } }',
    );
    await shows(page, 'StreamHeartbeat');
    await plane.data('mutation { startApp(input: { app: { name: "hello" } }) { __typename } }');
    await shows(page, '"to": "RUNNING"');
    expect(sockets).toEqual([`${plane.url.replace('http', 'ws')}/graphql`]);
    expect(problems).toEqual([]);
    if (process.env.TOEHOLD_SCREENSHOT) await page.screenshot({ path: process.env.TOEHOLD_SCREENSHOT });
  }, 60_000);
});
