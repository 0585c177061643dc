import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Fetch, FetchAnswer } from '../../../client/index.ts';

interface HttpOptions {
  /** A Unix socket to use in place of the address. */
  readonly socketPath?: string;
  /**
   * Called immediately before each new connection without TLS. If it throws, nothing is sent. An open connection is used again without
   * asking: its other end stays the same.
   */
  readonly beforeConnect?: () => void;
}

/**
 * Requests for the client over `node:http`, because loading the environment's `fetch` takes longer than most commands. It follows no
 * redirect. An idle connection does not keep the process alive.
 */
export function httpFetch({ socketPath, beforeConnect = () => {} }: HttpOptions = {}): Fetch {
  const agent = new (class extends Agent {
    override createConnection(...args: Parameters<Agent['createConnection']>) {
      beforeConnect();
      return super.createConnection(...args);
    }
  })({ keepAlive: true });
  return async (address, { method = 'GET', headers = {}, body, signal } = {}) => {
    const url = new URL(address);
    const isSecure = url.protocol === 'https:' && socketPath === undefined;
    const options = { method, headers, ...(signal ? { signal } : {}) };
    // Loaded only if needed: most servers are on this machine, without TLS.
    const begin = isSecure ? (await import('node:https')).request : request;
    return new Promise((resolve, reject) => {
      const call = isSecure
        ? begin(url, options)
        : begin({
            ...(socketPath === undefined ? addressOf(url) : { socketPath }),
            ...{ ...options, agent, path: `${url.pathname}${url.search}` },
          });
      call.once('error', reject);
      call.once('response', (response) => {
        const { statusCode: status = 0 } = response;
        if (status >= 300 && status < 400) {
          response.destroy();
          reject(new Error(`it redirects elsewhere (status ${status})`));
        } else resolve(answerOf(response, status));
      });
      end(call, body);
    });
  };
}

/** In one write with its length. */
function end(call: ClientRequest, body: string | undefined): void {
  if (body === undefined) call.end();
  else {
    call.setHeader('content-length', Buffer.byteLength(body));
    call.end(body);
  }
}

function addressOf({ hostname, port }: URL) {
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port || 80 };
}

function answerOf(response: IncomingMessage, status: number): FetchAnswer {
  return {
    status,
    text: () =>
      new Promise((resolve, reject) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part) => {
          text += part;
        });
        response.once('error', reject);
        response.once('end', () => resolve(text));
      }),
  };
}
