import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { DEFAULT_QUERY } from './default-query.ts';
import { GRAPHQL_PATH } from './graphql.ts';

const FAVICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100'><text y='.9em' font-size='90'>🐾</text></svg>";

interface Page {
  readonly body: Buffer;
  readonly etag: string;
}

type Encoding = 'br' | 'gzip' | 'identity';

export interface Graphiql {
  /** Whether it is a browser that asks for a page. */
  wants(request: IncomingMessage): boolean;
  reply(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/**
 * The page for people. All that it needs is inside of it, 9 MB of text: it is made when somebody first
 * asks, once, and kept compressed. A browser keeps it too and only asks whether it is still the same.
 */
export function createGraphiql(): Graphiql {
  const pages = new Map<Encoding, Promise<Page>>();

  function page(encoding: Encoding): Promise<Page> {
    const known = pages.get(encoding);
    if (known) return known;
    const made = makePage(encoding);
    pages.set(encoding, made);
    return made;
  }

  return {
    wants: ({ method, headers }) =>
      (method === 'GET' || method === 'HEAD') && (headers.accept ?? '').includes('text/html'),
    async reply(request, response) {
      const encoding = bestEncoding(request.headers['accept-encoding']);
      const { body, etag } = await page(encoding);
      response.setHeader('ETag', etag);
      response.setHeader('Vary', 'Accept, Accept-Encoding');
      response.setHeader('Cache-Control', 'no-cache');
      if (request.headers['if-none-match'] === etag) {
        response.writeHead(304).end();
        return;
      }
      if (encoding !== 'identity') response.setHeader('Content-Encoding', encoding);
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': body.length });
      response.end(request.method === 'HEAD' ? undefined : body);
    },
  };
}

async function makePage(encoding: Encoding): Promise<Page> {
  // Most servers never show it: its text is loaded when it is wanted.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const text = Buffer.from(
    renderGraphiQL({
      title: 'Toehold',
      favicon: FAVICON,
      endpoint: GRAPHQL_PATH,
      subscriptionsProtocol: 'WS',
      defaultQuery: DEFAULT_QUERY,
    }),
  );
  const body = await compress(text, encoding);
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
}

async function compress(text: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'identity') return text;
  if (encoding === 'gzip') return promisify(gzip)(text);
  // Better than gzip and no slower; higher qualities take seconds.
  return promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } });
}

function bestEncoding(accepted: string | string[] | undefined): Encoding {
  const names = String(accepted ?? '')
    .split(',')
    .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
    .map((part) => part.split(';')[0]?.trim());
  if (names.includes('br')) return 'br';
  return names.includes('gzip') ? 'gzip' : 'identity';
}
