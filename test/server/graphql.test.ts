import { describe, expect, it } from 'vitest';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { overriding } from '../support/overriding.ts';
import { ask, queryBy, serveAlso } from './support.ts';

const json = { 'Content-Type': 'application/json' };

const bearer = ({ token }: ControlPlane) => ({ Authorization: `Bearer ${token}` });

function post(plane: ControlPlane, headers: Record<string, string>, body: string): Promise<Response> {
  return fetch(`${plane.url}/graphql`, { method: 'POST', headers: { ...bearer(plane), ...headers }, body });
}

describe('requests', () => {
  it('GET can run queries but not mutations', async () => {
    const plane = await startControlPlane();
    await plane.addApp('alpha');
    const get = (query: string) =>
      fetch(`${plane.url}/graphql?query=${encodeURIComponent(query)}`, { headers: bearer(plane) });
    expect(await (await get('{ viewer { name } }')).json()).toEqual({ data: { viewer: { name: 'test' } } });
    const response = await get(
      'mutation { stopApp(input: { app: { name: "alpha" }, wait: true }) { __typename } }',
    );
    expect(response.status).toBe(405);
    expect(plane.control.supervisor.app({ name: 'alpha' })?.state).toBe('RUNNING');
  });

  it.each([
    [
      'application/x-www-form-urlencoded',
      `query=${encodeURIComponent('mutation { stopApp(input: {app: {name: "alpha"}}) { __typename } }')}`,
    ],
    [
      'text/plain',
      JSON.stringify({ query: 'mutation { stopApp(input: {app: {name: "alpha"}}) { __typename } }' }),
    ],
    [
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query":"{viewer{name}}"}\r\n--x--',
    ],
  ])('refuses a POST that a page of another site can send (%s)', async (type, body) => {
    const plane = await startControlPlane();
    await plane.addApp('alpha');
    const response = await post(plane, { 'Content-Type': type }, body);
    expect(response.status).toBe(415);
    expect(plane.control.supervisor.app({ name: 'alpha' })?.desiredState).toBe('RUNNING');
  });

  it('refuses a body over 1 MB', async () => {
    const plane = await startControlPlane();
    const body = JSON.stringify({ query: '{ viewer { name } }', variables: { x: 'x'.repeat(1_100_000) } });
    const response = await post(plane, json, body);
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({
      errors: [{ extensions: { code: 'REQUEST_ENTITY_TOO_LARGE' } }],
    });
  });
});

describe('responses', () => {
  it('have their fields in the order of the request', async () => {
    const plane = await startControlPlane();
    await plane.addApp('alpha');
    const query =
      '{ apps { nodes { port { port } name id } } viewer { role name } portRange { min } eventCursor }';
    const text = await (await post(plane, json, JSON.stringify({ query }))).text();
    const places = ['apps', 'port', 'name', 'id', 'viewer', 'role', 'portRange', 'eventCursor'].map((key) =>
      text.indexOf(`"${key}"`),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  it.each([
    ['127.0.0.1', 'http://127.0.0.1:'],
    ['my-machine.local', 'http://my-machine.local:'],
    ['localhost', 'http://localhost:'],
    ['[::1]', 'http://[::1]:'],
  ])('App.url has the host of the request: %s', async (host, expected) => {
    const plane = await startControlPlane();
    await plane.addApp('alpha');
    const front = await serveAlso(plane, { allowedHosts: ['my-machine.local'] });
    const what = queryBy(front.token, '{ app(by: { name: "alpha" }) { url port { port } } }');
    const headers = { ...what.headers, Host: `${host}:${front.port}` };
    const { text } = await ask(front, { ...what, headers });
    const { app } = (JSON.parse(text) as { data: { app: { url: string; port: { port: number } } } }).data;
    expect(app.url).toBe(`${expected}${app.port.port}`);
  });
});

describe('errors', () => {
  it('errors of the caller are returned unchanged', async () => {
    const plane = await startControlPlane();
    expect((await plane.query('{ nothing }')).errors[0]?.message).toContain('Cannot query field "nothing"');
    expect((await plane.query('{')).errors[0]?.message).toContain('Syntax Error');
    expect(
      (await plane.query('{ logs(filter: { since: "yesterday" }) { nodes { text } } }')).errors[0]?.message,
    ).toContain('RFC 3339');
    const variables = { by: { name: 7 } };
    const { errors } = await plane.query('query A($by: AppRef!) { app(by: $by) { id } }', variables);
    expect(errors[0]?.message).toContain('String cannot represent a non string value');
    expect(plane.problems).toEqual([]);
  });

  it('unexpected errors are returned as a reference only, and logged in full under it', async () => {
    const plane = await startControlPlane({
      wrap: (control) =>
        overriding(control, {
          supervisor: overriding(control.supervisor, {
            portRange: () => {
              throw new TypeError('secret: /root/key');
            },
            start: async () => {
              throw new Error('another secret');
            },
          }),
        }),
    });
    const { errors, status } = await plane.query('{ portRange { min } }');
    const reference = String(errors[0]?.extensions?.reference);
    expect(status).toBe(200);
    expect(errors).toMatchObject([
      {
        path: ['portRange'],
        extensions: { code: 'INTERNAL_SERVER_ERROR', reference: expect.stringMatching(/^[0-9a-f]{8}$/) },
      },
    ]);
    expect(JSON.stringify(errors)).not.toContain('secret');
    expect(errors[0]?.message).toContain(reference);
    expect(plane.problems).toMatchObject([{ data: { reference, err: new TypeError('secret: /root/key') } }]);

    // Over WebSocket, too.
    const client = plane.webSocket();
    const results = client.iterate({
      query: 'mutation { startApp(input: { app: { name: "a" } }) { __typename } }',
    });
    const { value } = await results.next();
    expect(JSON.stringify(value)).toContain('INTERNAL_SERVER_ERROR');
    expect(JSON.stringify(value)).not.toContain('secret');
    expect(plane.problems).toHaveLength(2);
  });
});
