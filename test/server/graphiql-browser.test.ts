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

  it('keeps the examples when it is loaded again, also where an earlier version left an empty tab in front', async () => {
    const { context, link } = await visit();
    const { page, press } = await openPage(context, link());
    const examples = () => editor(page).filter({ hasText: 'query Apps' }).first().waitFor();
    const tabs = () => page.locator('.graphiql-tab').count();
    await editor(page).filter({ hasText: 'query Apps' }).first().click();
    await press('totalCount');
    await shows(page, '"totalCount": 1');
    for (let times = 0; times < 2; times += 1) {
      await page.reload();
      await examples();
      expect(await tabs()).toBe(1);
    }
    await page.evaluate(() => {
      const kept = JSON.parse(localStorage.getItem('graphiql:tabState') ?? '{}');
      const empty = { ...kept.tabs[0], id: 'empty', title: '<untitled>', query: null };
      const state = { ...kept, tabs: [...kept.tabs, empty], activeTabIndex: 1 };
      localStorage.setItem('graphiql:tabState', JSON.stringify(state));
    });
    await page.reload();
    await examples();
    expect(await tabs()).toBe(1);
  }, 60_000);

  it('opens with the tab that was in front; a text that cannot run has a message without a stack', async () => {
    const { context, link } = await visit();
    const { page, run } = await openPage(context, link());
    await editor(page).filter({ hasText: 'query Apps' }).first().waitFor();
    await page.getByRole('button', { name: 'New tab' }).click();
    await editor(page).first().click();
    await until(async () => {
      await page.getByRole('button', { name: 'Execute query' }).click();
      return ((await page.locator('.result-window').textContent()) ?? '').includes('Syntax');
    }, 'the page says that there is nothing to run');
    await shows(page, 'Syntax Error: Unexpected <EOF>');
    expect(await page.locator('.result-window').textContent()).not.toMatch(/stack|<anonymous>|:\d+:\d+/);
    await run('memoryBytes', '{ supervisor { memoryBytes } }');
    await page.reload();
    await editor(page).filter({ hasText: 'memoryBytes' }).first().waitFor();
    const titles = () => page.locator('.graphiql-tab').allTextContents();
    expect((await titles()).length).toBe(2);
    await page.locator('.graphiql-tab').first().click();
    await editor(page).filter({ hasText: 'query Apps' }).first().waitFor();
  }, 60_000);

  it('has its panes one below the other at 390 px, and begins its documentation with the description', async () => {
    const { context, link } = await visit();
    const { page, press } = await openPage(context, link());
    await page.setViewportSize({ width: 390, height: 844 });
    await editor(page).filter({ hasText: 'query Apps' }).first().click();
    await press('totalCount');
    await shows(page, '"totalCount": 1');
    if (process.env.TOEHOLD_SCREENSHOTS)
      await page.screenshot({ path: `${process.env.TOEHOLD_SCREENSHOTS}/graphiql-390.png`, fullPage: true });
    const box = async (selector: string) =>
      (await page.locator(selector).boundingBox()) ?? expect.fail(selector);
    const [text, answer] = [await box('.graphiql-editors'), await box('.result-window')];
    expect(answer.y).toBeGreaterThanOrEqual(text.y + text.height);
    for (const pane of [text, answer]) {
      expect(pane.width).toBeGreaterThan(280);
      expect(pane.height).toBeGreaterThan(200);
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.locator('.graphiql-doc-explorer', { hasText: 'The API of Toehold' }).waitFor();
    const documentation = await box('.graphiql-plugin');
    expect(documentation.width).toBeGreaterThan(280);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    if (process.env.TOEHOLD_SCREENSHOTS)
      await page.screenshot({
        path: `${process.env.TOEHOLD_SCREENSHOTS}/graphiql-390-docs.png`,
        fullPage: true,
      });
  }, 60_000);
});
