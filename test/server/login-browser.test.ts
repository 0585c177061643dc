import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../support/until.ts';
import { hasBrowser, sharedBrowser } from './browser.ts';

const KEPT = "localStorage.getItem('toehold:token')";

/** An app on another port of the same host that records every request. */
async function startApp(page: string | (() => string)) {
  const requests: IncomingMessage[] = [];
  const app = createServer((request, response) => {
    requests.push(request);
    response.setHeader('Content-Type', 'text/html').end(typeof page === 'string' ? page : page());
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    app.closeAllConnections();
    app.close();
  });
  return { url: `http://127.0.0.1:${(app.address() as AddressInfo).port}`, requests };
}

describe.skipIf(!hasBrowser)('a browser', () => {
  const visit = sharedBrowser();

  async function open(context: BrowserContext, url: string): Promise<Page> {
    const page = await context.newPage();
    // Each test waits for what it looks at. The load event comes after all scripts have run.
    await page.goto(url, { waitUntil: 'commit' });
    return page;
  }

  async function logIn(context: BrowserContext, url: string): Promise<Page> {
    const page = await open(context, url);
    await page.waitForURL('**/graphql*');
    await page.locator('.toehold-log-out').waitFor();
    return page;
  }

  it('without a token gets the login page, and logs in with a pasted token', async () => {
    const { front, context } = await visit();
    const page = await open(context, front.url);
    await page.waitForURL('**/login');
    await page.getByText('toehold open').waitFor();
    await page.getByLabel('Or paste a token').fill('toe_0123456789_wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'unknown' }).waitFor();
    await page.getByLabel('Or paste a token').fill(front.token);
    await page.keyboard.press('Enter');
    await page.waitForURL('**/graphql*');
    await page.locator('.toehold-who', { hasText: 'test (browser) · ADMIN' }).waitFor();
    expect(await page.evaluate(KEPT), 'the token itself is not kept').not.toBe(front.token);
  }, 60_000);

  it('asks before a link replaces the session; a person who declines keeps it, and the link is not used up', async () => {
    const { plane, context, link } = await visit();
    const page = await logIn(context, link('ADMIN'));
    const kept = String(await page.evaluate(KEPT));
    const foreign = link('VIEWER');
    await page.goto(foreign);
    const question = page.locator('#ask');
    await question.getByText('You are logged in as test (browser) (ADMIN)').waitFor();
    await question.getByText('This link logs you in as test (browser) (VIEWER) instead').waitFor();
    await question.getByText('Stay').click();
    await page.locator('.toehold-who', { hasText: 'ADMIN' }).waitFor();
    expect(await page.evaluate(KEPT)).toBe(kept);
    expect(plane.access.previewLink(new URL(foreign).searchParams.get('once') ?? '')).not.toBeNull();

    await page.goto(foreign);
    await question.getByText('Continue').click();
    await page.locator('.toehold-who', { hasText: 'VIEWER' }).waitFor();
    expect(plane.access.authenticate(kept), 'the session of before has ended').toBeNull();
    await page.goto(foreign);
    await page.locator('.toehold-who', { hasText: 'VIEWER' }).waitFor();
  }, 90_000);

  it('shows that a link was already used, and stores nothing', async () => {
    const { plane, context, link } = await visit();
    const url = link();
    plane.access.redeemLink(new URL(url).searchParams.get('once') ?? '');
    const page = await open(context, url);
    await page.getByRole('alert').filter({ hasText: 'run "toehold open" for another one' }).waitFor();
    expect(page.url()).not.toContain('once');
  }, 60_000);

  it('goes on with a spent link if it is logged in, also after many spent links, and as soon as it is', async () => {
    const { plane, front, context, link } = await visit();
    const spent = link('VIEWER');
    plane.access.redeemLink(new URL(spent).searchParams.get('once') ?? '');
    const page = await open(context, spent);
    await page.getByRole('alert').filter({ hasText: 'another one' }).waitFor();
    const wrong = () => page.evaluate("fetch('/login', session429).then(({ status }) => status)");
    await page.evaluate(
      'globalThis.session429 = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ once: "x" }) }',
    );
    await until(async () => (await wrong()) === 429, 'many were wrong', 30_000);
    // Another page of this browser logs in: the first one goes on.
    const other = await logIn(context, link('ADMIN'));
    await page.waitForURL('**/graphql*');
    await other.goto(spent);
    await other.locator('.toehold-who', { hasText: 'ADMIN' }).waitFor();
    expect(front.url).toBe(new URL(other.url()).origin);
  }, 60_000);

  it('logs out: the session ends, its other pages leave, and no cookie was ever set', async () => {
    const { plane, front, context, link } = await visit();
    const cookies: string[] = [];
    context.on('response', async (response) => {
      const { 'set-cookie': set } = await response.allHeaders();
      if (set !== undefined) cookies.push(set);
    });
    const page = await logIn(context, link('VIEWER'));
    await page.locator('.toehold-who', { hasText: 'test (browser) · VIEWER' }).waitFor();
    const other = await open(context, front.url);
    await other.locator('.toehold-who').waitFor();
    const token = String(await page.evaluate(KEPT));
    expect(plane.access.authenticate(token)).toMatchObject({ kind: 'SESSION', role: 'VIEWER' });
    await page.locator('.toehold-log-out').click();
    await page.waitForURL('**/login');
    await other.waitForURL('**/login');
    expect(plane.access.authenticate(token)).toBeNull();
    expect(await page.evaluate(KEPT)).toBeNull();
    expect(cookies).toEqual([]);
    expect(await context.cookies()).toEqual([]);
  }, 60_000);

  it('gets the login page after its session was revoked', async () => {
    const { plane, context, link } = await visit();
    const page = await logIn(context, link());
    const session = plane.access.authenticate(String(await page.evaluate(KEPT)));
    plane.access.revoke(session?.token ?? '');
    await page.reload();
    await page.waitForURL('**/login');
    await page.getByText('Your session has ended').waitFor();
    expect(await page.evaluate(KEPT)).toBeNull();
  }, 60_000);

  it('needs no token if tokens are not required, and shows no logout', async () => {
    const { front, context } = await visit({ auth: false });
    const page = await open(context, front.url);
    await page.locator('.toehold-who', { hasText: 'local · ADMIN' }).waitFor();
    expect(await page.locator('.toehold-log-out').count()).toBe(0);
  }, 60_000);

  it('sends no credentials to an app on another port, whose pages cannot use the API', async () => {
    const { front, context, link } = await visit();
    await (await logIn(context, link())).locator('.toehold-who').waitFor();
    const app = await startApp('<!doctype html><title>An app</title>');
    const page = await open(context, `${app.url}/`);
    await page.evaluate("fetch('/own', { credentials: 'include' })");
    await until(() => app.requests.length >= 2, 'the app was asked');
    for (const { headers } of app.requests) {
      expect(headers).not.toHaveProperty('cookie');
      expect(headers).not.toHaveProperty('authorization');
    }
    expect(await page.evaluate(KEPT), 'what the server keeps is out of reach').toBeNull();

    const outcomes = await page.evaluate(async (url) => {
      const body = JSON.stringify({ query: '{ viewer { name } }' });
      const asked = (init: RequestInit) => fetch(`${url}/graphql`, init).then(String, () => 'refused');
      const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
      const opened = new Promise((resolve) => {
        socket.onopen = () => resolve('open');
        socket.onerror = () => resolve('refused');
      });
      return {
        json: await asked({ method: 'POST', body, headers: { 'content-type': 'application/json' } }),
        text: await asked({ method: 'POST', body, headers: { 'content-type': 'text/plain' } }),
        get: await asked({ method: 'GET', credentials: 'include' }),
        socket: await opened,
      };
    }, front.url);
    expect(outcomes).toEqual({ json: 'refused', text: 'refused', get: 'refused', socket: 'refused' });

    // A browser can post a form anywhere and show the response: it must have no effect.
    const answered = page.waitForResponse((response) => response.url().endsWith('/graphql'));
    await page.evaluate((url) => {
      const form = document.createElement('form');
      Object.assign(form, { action: `${url}/graphql`, method: 'post' });
      const field = document.createElement('input');
      Object.assign(field, { name: 'query', value: 'mutation { stopApp }' });
      form.append(field);
      document.body.append(form);
      form.submit();
    }, front.url);
    expect((await answered).status()).toBe(403);
  }, 60_000);

  /** A page that logs in as docs/clients.md says, and shows what it gets. */
  const DASHBOARD = (server: string) => `<!doctype html><title>Dashboard</title><p role="status"></p><script>
    const base64url = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    const secret = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
    const says = (text) => { document.querySelector('p').textContent = text; };
    async function begin() {
      const [verifier, state] = [secret(), secret()];
      sessionStorage.setItem('login', JSON.stringify({ verifier, state }));
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
      const query = new URLSearchParams({ return: location.origin, code_challenge: base64url(new Uint8Array(digest)), state });
      location.assign('${server}/login?' + query);
    }
    async function end(query) {
      const { verifier, state } = JSON.parse(sessionStorage.getItem('login'));
      history.replaceState(null, '', '/');
      if (query.get('state') !== state) return says('Not mine');
      if (query.has('error')) return says(query.get('error'));
      const response = await fetch('${server}/login', { method: 'POST', headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ code: query.get('code'), code_verifier: verifier }) });
      says(response.ok ? (await response.json()).name : 'refused');
    }
    const query = new URLSearchParams(location.search);
    if (query.has('state')) end(query); else begin();
  </script>`;

  it('gives a page of an allowed origin a session of its own, if the person allows it', async () => {
    let page = '';
    const app = await startApp(() => page);
    const { front, context } = await visit({ allowedOrigins: [app.url] });
    page = DASHBOARD(front.url);
    const tab = await open(context, app.url);
    // Nobody is logged in yet.
    await tab.getByText('Log in to this server first').waitFor();
    await tab.getByLabel('Or paste a token').fill(front.token);
    await tab.keyboard.press('Enter');
    await tab.getByText(`${app.url} asks to log in as test (browser) (ADMIN)`).waitFor();
    await tab.getByRole('button', { name: 'Do not allow' }).click();
    await tab.getByText('access_denied').waitFor();
    await tab.goto(app.url, { waitUntil: 'commit' });
    await tab.getByRole('button', { name: 'Allow', exact: true }).click();
    await tab.getByText(`test (${app.url})`).waitFor();
    expect(tab.url()).toBe(`${app.url}/`);
  }, 60_000);

  it('does not lead to an origin that is not allowed', async () => {
    const { front, context, link } = await visit();
    await logIn(context, link());
    const query = new URLSearchParams({ return: 'https://evil.example.com', code_challenge: 'x'.repeat(43) });
    const tab = await open(context, `${front.url}/login?${query}`);
    await tab.getByRole('alert').filter({ hasText: 'set TOEHOLD_ALLOWED_ORIGINS' }).waitFor();
    expect(await tab.getByRole('button', { name: 'Allow', exact: true }).isVisible()).toBe(false);
    expect(new URL(tab.url()).origin).toBe(front.url);
  }, 60_000);
});
