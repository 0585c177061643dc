import { createServer, type IncomingHttpHeaders } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasBrowser, sharedBrowser } from './browser.ts';
import { ask, codeOf, queryBy, serveAlso } from './support.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** A page that reads everything that the origin stores, and uses the key. */
const THEFT = `(async () => {
  const database = await new Promise((resolve, reject) => {
    const opening = indexedDB.open('toehold', 1);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const [key] = await new Promise((resolve) => {
    const request = database.transaction('keys').objectStore('keys').getAll();
    request.onsuccess = () => resolve(request.result);
  });
  database.close();
  const token = localStorage.getItem('toehold:token');
  const exported = await Promise.all(['jwk', 'pkcs8'].map((how) =>
    crypto.subtle.exportKey(how, key.privateKey).then(() => 'taken', (error) => error.name)));
  const b64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  const utf8 = (text) => new TextEncoder().encode(text);
  const claims = { jti: 'stolen', htm: 'POST', htu: location.origin + '/graphql', iat: 1, nonce: 'guessed',
    ath: b64(await crypto.subtle.digest('SHA-256', utf8(token))) };
  const head = { typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk };
  const signed = [head, claims].map((value) => b64(utf8(JSON.stringify(value)))).join('.');
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.privateKey, utf8(signed));
  await fetch('/stolen', { headers: { authorization: 'DPoP ' + token } });
  return { token, exported, proof: signed + '.' + b64(signature) };
})()`;

interface Theft {
  readonly token: string;
  readonly exported: readonly string[];
  readonly proof: string;
}

describe.skipIf(!hasBrowser)('whoever has the port after the server died', () => {
  const visit = sharedBrowser();

  it('gets the token but not the key: it cannot use the token, and the real page still works', async () => {
    const { plane, front, context, link } = await visit();
    // Loading GraphiQL takes long on a busy machine.
    context.setDefaultTimeout(90_000);
    const page = await context.newPage();
    await page.goto(link('ADMIN'));
    await page.locator('.toehold-who').waitFor();
    await page.close();
    await front.server.close();

    const seen: IncomingHttpHeaders[] = [];
    const impostor = createServer((request, response) => {
      seen.push(request.headers);
      response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>Toehold</title>');
    });
    await new Promise<void>((resolve) => impostor.listen(front.port, '127.0.0.1', resolve));
    const closeImpostor = () => {
      impostor.closeAllConnections();
      return new Promise<void>((resolve) => impostor.close(() => resolve()));
    };
    onTestFinished(closeImpostor);
    const trap = await context.newPage();
    await trap.goto(`${front.url}/trap`);
    const stolen = (await trap.evaluate(THEFT)) as Theft;
    expect(stolen.token).toMatch(/^toe_/);
    expect(seen.at(-1)?.authorization).toBe(`DPoP ${stolen.token}`);
    expect(stolen.exported).toEqual(['InvalidAccessError', 'InvalidAccessError']);
    await trap.close();
    await closeImpostor();

    const back = await serveAlso(plane, { port: front.port });
    const { body } = queryBy(null, '{ viewer { name } }');
    const attempts: readonly Record<string, string>[] = [
      { Authorization: `Bearer ${stolen.token}` },
      { Authorization: `DPoP ${stolen.token}` },
      { Authorization: `DPoP ${stolen.token}`, DPoP: stolen.proof },
    ];
    for (const headers of attempts) {
      const answer = await ask(back, { method: 'POST', body, headers: { ...JSON_TYPE, ...headers } });
      expect([answer.status, codeOf(answer)]).toEqual([401, 'PROOF_REQUIRED']);
    }
    const own = await context.newPage();
    await own.goto(`${back.url}/graphql`);
    await own.locator('.toehold-who', { hasText: 'test (browser) · ADMIN' }).waitFor();
  }, 240_000);
});

it('a leftover service worker gets a script that unregisters it', async () => {
  const { startControlPlane } = await import('../support/control-plane.ts');
  const front = await serveAlso(await startControlPlane());
  for (const path of ['/sw.js', '/graphql', '/']) {
    const answer = await ask(front, { path, headers: { 'Service-Worker': 'script' } });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8']);
    expect(answer.text).toContain('registration.unregister()');
  }
});
