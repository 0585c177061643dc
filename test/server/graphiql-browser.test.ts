import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { hasBrowser, sharedBrowser } from './browser.ts';

describe.skipIf(!hasBrowser)('GraphiQL in a browser', () => {
  const visit = sharedBrowser();

  async function openPage(context: BrowserContext, url: string) {
    const page = await context.newPage();
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
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(url, { waitUntil: 'commit' });
    await page.waitForURL('**/graphql*');
    await editor(page).first().waitFor();

    /** Presses the keys that run an operation, at first repeatedly until the page sends it: the editor loads late. */
    let ready = false;
    async function press(field: string): Promise<void> {
      if (ready) await page.keyboard.press('Control+Enter');
      await until(async () => {
        if (sent.some((text) => text.includes(field))) return true;
        // Pressing again would stop a subscription that has just begun.
        if (!ready) await page.keyboard.press('Control+Enter');
        return false;
      }, `the page sends ${field}`);
      ready = true;
    }

    /** Replaces the text in the editor and runs it. */
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
      // The editor uses non-breaking spaces.
      async () =>
        ((await page.locator('.result-window').textContent()) ?? '').replace(/\s/g, ' ').includes(text),
      `the page shows ${text}`,
      20_000,
    );

  it('a link leads to GraphiQL, which sends requests only to this server and runs its default query', async () => {
    const { front, context, link } = await visit();
    const { page, asked, problems, press } = await openPage(context, link());
    await editor(page).filter({ hasText: 'query Apps' }).click();
    await press('totalCount');
    await shows(page, '"totalCount": 1');
    await shows(page, '"name": "hello"');
    const hosts = asked.filter((url) => /^(https?|wss?):/.test(url)).map((url) => new URL(url).host);
    expect([...new Set(hosts)]).toEqual([new URL(front.url).host]);
    expect(problems).toEqual([]);
    expect(await context.cookies()).toEqual([]);
    expect(await page.evaluate('history.length + location.href')).not.toContain('once');
  }, 60_000);

  it('runs a mutation and a live subscription over WebSocket without another login, even after a reload', async () => {
    const { plane, front, context, link } = await visit();
    const { page, sockets, problems, run } = await openPage(context, link());
    await run(
      'stopApp',
      'mutation { stopApp(input: {app: {name: "hello"}, wait: true}) { ... on StopAppSuccess { app { state } } } }',
    );
    await shows(page, '"state": "STOPPED"');
    await page.reload();
    await editor(page).first().waitFor();

    await run(
      'AppStateChangedEvent',
      'subscription { events { __typename ... on EventBatch { events { ... on AppStateChangedEvent { to } } } } }',
    );
    await shows(page, 'StreamHeartbeat');
    await plane.data('mutation { startApp(input: { app: { name: "hello" } }) { __typename } }');
    await shows(page, '"to": "RUNNING"');
    expect(sockets).toEqual([`${front.url.replace('http', 'ws')}/graphql`]);
    expect(problems).toEqual([]);
    if (process.env.TOEHOLD_SCREENSHOT) await page.screenshot({ path: process.env.TOEHOLD_SCREENSHOT });
  }, 60_000);
});
