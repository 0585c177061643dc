import { expect, it } from 'vitest';
import { startControlPlane } from '../support/control-plane.ts';
import { ask, queryBy, serveAlso } from './support.ts';

const LINK = 'mutation { createLoginLink(input: {}) { ... on CreateLoginLinkSuccess { url } } }';

it.each([
  ['panel.example', undefined, 'http://panel.example/login?once='],
  ['panel.example:8443', 'https://panel.example:8443', 'https://panel.example:8443/login?once='],
  ['panel.example', 'https://panel.example', 'https://panel.example/login?once='],
  ['panel.example', 'http://panel.example', 'http://panel.example/login?once='],
  ['panel.example', 'https://other.example', 'http://panel.example/login?once='],
])('a link requested at %s from a page of %s begins with %s', async (host, origin, begin) => {
  const front = await serveAlso(await startControlPlane(), {
    allowedHosts: ['panel.example'],
    allowedOrigins: ['https://other.example'],
  });
  const what = queryBy(front.token, LINK);
  const headers = { ...what.headers, Host: host, ...(origin !== undefined && { Origin: origin }) };
  const { data } = JSON.parse((await ask(front, { ...what, headers })).text);
  expect(data.createLoginLink.url).toMatch(begin);
});
