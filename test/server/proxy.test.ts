import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { freePorts } from '../support/free-ports.ts';
import { program } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { sharedServer } from '../support/whole-server.ts';

const run = promisify(execFile);
const NGINX = '/usr/sbin/nginx';
const NAME = 'toehold.example.com';
const SECURITY = fileURLToPath(new URL('../../SECURITY.md', import.meta.url));

// Debian's package `nginx`. CI installs it.
describe.skipIf(!existsSync(NGINX))('behind the TLS proxy of SECURITY.md', () => {
  const server = sharedServer({ env: { TOEHOLD_ALLOWED_HOSTS: NAME } });
  let port: number;
  let certificate: Buffer;
  let end: (() => Promise<void>) | undefined;

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), 'toehold-proxy-'));
    port = Number((await freePorts(1)).split('-')[0]);
    const [key, pem] = [join(directory, 'toehold.key'), join(directory, 'toehold.pem')];
    const subject = ['-subj', `/CN=${NAME}`, '-addext', `subjectAltName=DNS:${NAME}`];
    await run('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      ...subject,
      '-keyout',
      key,
      '-out',
      pem,
    ]);
    certificate = await readFile(pem);
    const [, told = ''] = /```nginx\n([^`]+)```/.exec(await readFile(SECURITY, 'utf8')) ?? [];
    const site = told
      .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
      .replace('http://127.0.0.1:3000', server().url)
      .replaceAll('/etc/ssl/', `${directory}/`);
    expect(site).not.toBe('');
    await writeFile(
      join(directory, 'nginx.conf'),
      `daemon off; master_process off; pid ${directory}/nginx.pid; error_log stderr warn;
      events {} http { access_log off; ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
      ${site} }`,
    );
    const nginx = spawn(NGINX, ['-p', directory, '-e', 'stderr', '-c', join(directory, 'nginx.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    nginx.stderr.on('data', (text) => {
      said += text;
    });
    await until(() => {
      if (nginx.exitCode !== null) throw new Error(`nginx ended: ${said}`);
      return canConnect(port);
    }, 'nginx listens');
    end = async () => {
      const exit = once(nginx, 'exit');
      nginx.kill('SIGTERM');
      await exit;
      await rm(directory, { recursive: true });
    };
  });

  // Before the server ends and looks for leftover connections.
  afterAll(() => end?.());

  /** Like a client on another machine: by name, over TLS. */
  function ask(headers: Readonly<Record<string, string>>, query: string) {
    return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const sent = request(
        {
          ...{ host: '127.0.0.1', port, path: '/graphql', method: 'POST', servername: NAME, ca: certificate },
          headers: { host: NAME, 'content-type': 'application/json', ...headers },
        },
        (response) => {
          let text = '';
          response.on('data', (part) => {
            text += part;
          });
          response.on('end', () => resolve({ status: response.statusCode, text }));
        },
      );
      sent.on('error', reject);
      sent.end(JSON.stringify({ query }));
    });
  }

  test('queries with a token pass from the origin of the proxy, and URLs have its name', async () => {
    const authorization = `Bearer ${server().token}`;
    const origin = `https://${NAME}`;
    const { status, text } = await ask(
      { authorization, origin },
      '{ viewer { role } apps { nodes { url } } }',
    );
    expect(status).toBe(200);
    const { data } = JSON.parse(text);
    expect(data.viewer).toEqual({ role: 'ADMIN' });
    expect(data.apps.nodes[0].url).toContain(`http://${NAME}:`);
    expect((await ask({}, '{ viewer { role } }')).status).toBe(401);
    expect((await ask({ authorization, origin: 'https://evil.example' }, '{ viewer { role } }')).status).toBe(
      403,
    );
  });

  test('subscriptions pass over WebSocket without delay', async () => {
    class Socket extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, {
          createConnection: () => tlsConnect({ host: '127.0.0.1', port, ca: certificate, servername: NAME }),
          headers: { host: NAME },
          origin: `https://${NAME}`,
        });
      }
    }
    const client = createClient({
      url: `wss://127.0.0.1:${port}/graphql`,
      webSocketImpl: Socket,
      connectionParams: { authorization: `Bearer ${server().token}` },
      retryAttempts: 0,
    });
    onTestFinished(() => client.dispose());
    const events = client.iterate({
      query: 'subscription { events { __typename ... on EventBatch { events { __typename } } } }',
    });
    expect((await events.next()).value?.data).toMatchObject({ events: { __typename: expect.any(String) } });
    await server().addApp('blog', { script: program('serve') });
    let told = '';
    while (!told.includes('AppStateChangedEvent')) told = JSON.stringify((await events.next()).value);
    await events.return?.(undefined);
  });
});

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.end());
  });
}
