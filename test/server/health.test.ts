import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startControlPlane } from '../support/control-plane.ts';
import { overriding } from '../support/overriding.ts';

it('/healthz responds as soon as the port is bound, and identifies the server', async () => {
  const plane = await startControlPlane({ served: false });
  const response = await fetch(`${plane.url}/healthz`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ status: 'ok', version: '0.0.0', instance: 'test' });
});

it('until the server is ready, /readyz and GraphQL return 503 with the reason', async () => {
  const plane = await startControlPlane({ served: false });
  const ready = await fetch(`${plane.url}/readyz`);
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: 'not ready', problems: ['The server is starting'] },
  ]);
  expect(await plane.query('{ viewer { name } }')).toMatchObject({
    status: 503,
    errors: [{ message: expect.stringContaining('starting'), extensions: { code: 'NOT_READY' } }],
  });
  const refused = new WebSocket(`${plane.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const [error] = await new Promise<Error[]>((resolve) => refused.once('error', (...args) => resolve(args)));
  expect(error?.message).toContain('503');

  const { access, audit, durability, events, logs } = plane;
  const { supervisor, readiness } = plane.control;
  plane.server.serve({ supervisor, readiness, events, logs, access, audit, durability });
  expect((await fetch(`${plane.url}/readyz`)).status).toBe(200);
  expect((await plane.query('{ viewer { name } }')).status).toBe(200);
});

it('/readyz returns 503 with all reasons', async () => {
  const problems: string[] = [];
  const plane = await startControlPlane({
    wrap: (control) => overriding(control, { readiness: { problems: () => problems, appsDown: () => 0 } }),
  });
  expect(await (await fetch(`${plane.url}/readyz`)).json()).toEqual({ status: 'ready', problems: [] });
  problems.push('APPS_DIR is gone', 'The disk is nearly full');
  const response = await fetch(`${plane.url}/readyz`);
  expect([response.status, await response.json()]).toEqual([503, { status: 'not ready', problems }]);
});

it.each(['/healthz', '/readyz', '/metrics', '/'])('%s only allows GET and HEAD', async (path) => {
  const plane = await startControlPlane();
  const response = await fetch(plane.url + path, { method: 'POST', redirect: 'manual' });
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  const headers = { Authorization: `Bearer ${plane.token}` };
  expect(
    (await fetch(plane.url + path, { method: 'HEAD', redirect: 'manual', headers })).status,
  ).toBeLessThan(400);
});

it('names the path of GraphQL in the response to an unknown path', async () => {
  const plane = await startControlPlane();
  const response = await fetch(`${plane.url}/nothing`);
  expect([response.status, await response.text()]).toEqual([404, 'Not found. GraphQL is at /graphql\n']);
});
