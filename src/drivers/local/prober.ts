import { Agent, type IncomingMessage, request } from 'node:http';
import type { ProbeResult, Prober, ProbeTarget } from '../../contracts/ports.ts';
import { cutTo } from '../../core/texts.ts';

const REDIRECTS = 5;
/** In characters: a reason may show what an app answered. */
const LONGEST_REASON = 500;

/**
 * The health check's GET. Only the status counts: the body is not read. A connection of its own per check, so
 * that an app that takes none fails it. Every request of a check goes to the one address and port that the run
 * listens on. A redirect that leads elsewhere is reported and not followed, so that a log shows nothing of other servers.
 */
export function createProber(): Prober {
  const agent = new Agent({ keepAlive: false });

  async function follow({ path, ...place }: ProbeTarget, signal: AbortSignal): Promise<ProbeResult> {
    const { origin } = new URL(`http://localhost:${place.port}`);
    let url = new URL(origin + path);
    for (let redirects = 0; ; redirects++) {
      const { status, location } = await get(url, { ...place, agent, signal });
      if (status >= 200 && status < 300) return { ok: true };
      const what = `GET ${url.pathname}${url.search} answered ${status}`;
      if (status < 300 || status >= 400 || location === undefined) return failed(status, what);
      if (redirects === REDIRECTS) return failed(status, `${what}: more than ${REDIRECTS} redirects`);
      if (!URL.canParse(location, url.href))
        return failed(status, `${what} with a location that is no address: "${location}"`);
      url = new URL(location, url);
      if (url.origin !== origin)
        return failed(status, `${what}, a redirect to ${placeOf(url)}, which is not followed`);
    }
  }

  return {
    async probe(target, timeoutMs) {
      const signal = AbortSignal.timeout(timeoutMs);
      try {
        return await follow(target, signal);
      } catch (error) {
        return failed(null, signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : reasonOf(error));
      }
    },
  };
}

/** Where a redirect leads, without its path, which may hold secrets. */
function placeOf({ protocol, host }: URL): string {
  return host === '' ? protocol : `${protocol}//${host}`;
}

function failed(status: number | null, reason: string): ProbeResult {
  return { ok: false, status, reason: cutTo(LONGEST_REASON, reason) };
}

function get(
  url: URL,
  {
    address,
    port,
    userAgent,
    agent,
    signal,
  }: Omit<ProbeTarget, 'path'> & { agent: Agent; signal: AbortSignal },
): Promise<{ status: number; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const headers = { host: url.host, accept: '*/*', 'user-agent': userAgent };
    const path = url.pathname + url.search;
    const options = { host: address, port, path, headers, agent, signal };
    const outgoing = request(options, (response: IncomingMessage) => {
      response.on('error', () => {});
      resolve({ status: response.statusCode ?? 0, location: response.headers.location });
      response.destroy();
    });
    outgoing.on('error', reject).end();
  });
}

function reasonOf(error: unknown): string {
  // A name with several addresses fails with one error each, and an empty message of its own.
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  const { code, message } = error as NodeJS.ErrnoException;
  return code?.startsWith('HPE_') ? `the answer is not HTTP (${message})` : message;
}
