import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { renderGraphiqlPage } from './graphiql-page.ts';

interface Page {
  readonly body: Buffer;
  readonly etag: string;
  readonly policy: string;
}

type Encoding = 'br' | 'gzip' | 'identity';

export interface Graphiql {
  /** Whether a browser requests the page. */
  wants(request: IncomingMessage): boolean;
  reply(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/**
 * Serves the page for people. It includes everything that it needs, 9 MB of text. It is rendered at the first request
 * and cached compressed; browsers cache it and revalidate.
 * @param render renders the page
 */
export function createGraphiql(render = renderGraphiqlPage): Graphiql {
  const pages = new Map<Encoding, Promise<Page>>();

  function page(encoding: Encoding): Promise<Page> {
    const known = pages.get(encoding);
    if (known) return known;
    const made = makePage(encoding, render);
    pages.set(encoding, made);
    // For example, out of memory: the next request tries again.
    made.catch(() => pages.delete(encoding));
    return made;
  }

  return {
    wants: ({ method, headers }) =>
      (method === 'GET' || method === 'HEAD') && (headers.accept ?? '').includes('text/html'),
    async reply(request, response) {
      const encoding = bestEncoding(request.headers['accept-encoding']);
      const { body, etag, policy } = await page(encoding);
      response.setHeader('ETag', etag);
      response.appendHeader('Vary', 'Accept, Accept-Encoding');
      response.setHeader('Cache-Control', 'no-cache');
      response.setHeader('Content-Security-Policy', policy);
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

async function makePage(encoding: Encoding, render: typeof renderGraphiqlPage): Promise<Page> {
  const { html, policy } = await render();
  const body = await compress(Buffer.from(html), encoding);
  const digest = createHash('sha256').update(body).digest('base64url');
  return { body, policy, etag: `"${digest.slice(0, 22)}"` };
}

async function compress(text: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === 'identity') return text;
  if (encoding === 'gzip') return promisify(gzip)(text);
  // Smaller than gzip in the same time. Higher qualities take seconds.
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
