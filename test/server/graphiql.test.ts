import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { buildSchema, parse, validate } from 'graphql';
import { expect, it, onTestFinished } from 'vitest';
import { printedSchema } from '../../schema/sdl.ts';
import { DEFAULT_QUERY } from '../../src/server/default-query.ts';
import { createGraphiql } from '../../src/server/graphiql.ts';
import { ERROR_FORMAT } from '../../src/server/graphiql-page.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';

interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

/** Sends a request like a browser, and does not decompress the response. */
function browse(
  plane: ControlPlane,
  headers: Record<string, string>,
  path = '/graphql',
  method = 'GET',
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: plane.port,
        path,
        method,
        headers: { Accept: 'text/html,*/*;q=0.8', ...headers },
      },
      async (response) =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(await response.toArray()),
        }),
    );
    call.on('error', reject);
    call.end();
  });
}

it('a browser gets the page at /graphql, and is redirected there from /', async () => {
  const plane = await startControlPlane();
  const root = await browse(plane, {}, '/');
  expect([root.status, root.headers.location]).toEqual([302, '/graphql']);
  const page = await browse(plane, {});
  expect(page.status).toBe(200);
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.body.toString()).toContain('<title>Toehold</title>');
  expect(
    (await browse(plane, {}, '/graphql?query={viewer{name}}')).body.equals(page.body),
    'a link with a query',
  ).toBe(true);
  const head = await browse(plane, {}, '/graphql', 'HEAD');
  expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
    200,
    String(page.body.length),
    0,
  ]);
});

it('is sent compressed, and not again if the browser has cached it', async () => {
  const plane = await startControlPlane();
  const plain = await browse(plane, {});
  const br = await browse(plane, { 'Accept-Encoding': 'gzip, deflate, br' });
  const gz = await browse(plane, { 'Accept-Encoding': 'gzip, br;q=0' });
  expect([br.headers['content-encoding'], gz.headers['content-encoding']]).toEqual(['br', 'gzip']);
  expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true);
  expect(gunzipSync(gz.body).equals(plain.body)).toBe(true);
  expect(br.body.length).toBeLessThan(plain.body.length / 3);

  const again = await browse(plane, { 'Accept-Encoding': 'br', 'If-None-Match': String(br.headers.etag) });
  expect([again.status, again.body.length]).toEqual([304, 0]);
  expect(new Set([plain.headers.etag, br.headers.etag, gz.headers.etag]).size).toBe(3);
});

it('is rendered again after a failure', async () => {
  let tries = 0;
  const { reply } = createGraphiql(async () => {
    tries += 1;
    if (tries === 1) throw new Error('EMFILE: too many open files');
    return { html: 'the page', policy: '' };
  });
  const http = createServer(
    (incoming, response) => void reply(incoming, response).catch(() => response.writeHead(500).end()),
  );
  onTestFinished(() => void http.close());
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const ask = async () =>
    (await fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } })).status;
  expect([await ask(), await ask(), tries]).toEqual([500, 200, 2]);
});

it('a program gets GraphQL at the same path', async () => {
  const plane = await startControlPlane();
  const answer = await browse(
    plane,
    { Accept: 'application/json', Authorization: `Bearer ${plane.token}` },
    '/graphql?query={viewer{name}}',
  );
  expect(JSON.parse(answer.body.toString())).toEqual({ data: { viewer: { name: 'test' } } });
});

it('every operation of the default query is valid', () => {
  expect(validate(buildSchema(printedSchema()), parse(DEFAULT_QUERY))).toEqual([]);
});

it('the place at which stacks are left out is in GraphiQL exactly once', async () => {
  const { js } = await import('@graphql-yoga/render-graphiql/graphiql');
  expect(js.match(ERROR_FORMAT)).toHaveLength(1);
});
