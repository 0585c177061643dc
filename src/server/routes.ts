import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access, AuditLog } from '../contracts/access.ts';
import type { Readiness } from '../contracts/supervisor.ts';
import type { Authenticator } from './auth.ts';
import { bodyProblem, MAX_BODY, sizeOfBody } from './bodies.ts';
import type { Graphiql } from './graphiql.ts';
import { GRAPHQL_PATH, type Graphql } from './graphql.ts';
import type { Guard, Origins } from './guards.ts';
import { setSecurityHeaders } from './headers.ts';
import { type HotQueries, isSimpleQuery, readText } from './hot-queries.ts';
import { LOGIN_PATH, LOGOUT_PATH, replyLogin, replyLogout } from './login.ts';
import { createLoginPage } from './login-page.ts';
import type { Metrics } from './metrics.ts';
import type { Proofs } from './proofs.ts';
import type { FailedLogins } from './rates.ts';
import { type Rates, rateMessage } from './rates.ts';
import { isReading, type Refusal, reply, replyJson, replyRefusal, replyText } from './replies.ts';

/** The parts that exist once the server can answer. */
export interface Answering {
  readonly graphql: Graphql;
  readonly hot: HotQueries;
  readonly access: Access;
  readonly authenticator: Authenticator;
  readonly readiness: Readiness;
  readonly rates: Rates;
  readonly audit: AuditLog;
}

interface RouteOptions {
  readonly health: HealthOptions;
  readonly guard: Guard;
  readonly origins: Origins;
  readonly graphiql: Graphiql;
  readonly metrics: Metrics;
  readonly failedLogins: FailedLogins;
  readonly proofs: Proofs;
  /** How a person calls the command in a shell. */
  readonly command: string;
  /** Null until the server can answer. */
  readonly answering: () => Answering | null;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

const NOT_READY: Refusal = {
  status: 503,
  code: 'NOT_READY',
  message: 'The server is starting: ask again in a moment, or wait until /readyz answers 200',
  headers: { 'Retry-After': '1' },
};

function tooFast(seconds: number): Refusal {
  return {
    status: 429,
    code: 'RATE_LIMITED',
    message: rateMessage(seconds),
    headers: { 'Retry-After': String(seconds) },
    extensions: { retryAfter: seconds },
  };
}

/** Returns the request listener, with a handler for each path. */
export function createRoutes(options: RouteOptions): Answer {
  const { guard, origins, graphiql, metrics, failedLogins, proofs, answering, health, command } = options;
  const loginPage = createLoginPage(command);

  /** Checks the token before it reads the body. */
  async function answerGraphql(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (graphiql.wants(request)) return graphiql.reply(request, response);
    const parts = answering();
    if (!parts) return replyRefusal(response, NOT_READY);
    const identified = await parts.authenticator.identify(request);
    if (!identified.ok) return replyRefusal(response, identified.refusal);
    if (identified.viewer.key !== null) response.setHeader('DPoP-Nonce', proofs.nonce());
    const problem = bodyProblem(request, MAX_BODY);
    if (problem) return replyRefusal(response, problem);
    const { viewer } = identified;
    let text: string | null = null;
    if (isSimpleQuery(request)) {
      text = await readText(request);
      if (text === null || parts.hot.answerKept(request, response, viewer, text)) return;
    }
    const wait = parts.rates.request(viewer, sizeOfBody(request, MAX_BODY));
    if (wait !== null) return replyRefusal(response, tooFast(wait));
    if (text !== null && (await parts.hot.answer(request, response, viewer, text))) return;
    await parts.graphql(request, response, { viewer, target: { output: null }, text });
  }

  async function answerMetrics(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const identified = await answering()?.authenticator.identify(request);
    if (!identified) return replyRefusal(response, NOT_READY);
    if (!identified.ok) return replyRefusal(response, identified.refusal);
    const { contentType, text } = await metrics.text();
    reply(response, 200, contentType, text);
  }

  /** GET serves the page, POST logs in. */
  function answerLogin(request: IncomingMessage, response: ServerResponse): Promise<void> | void {
    response.setHeader('DPoP-Nonce', proofs.nonce());
    if (request.method !== 'POST') {
      if (isReading(request.method, response, 'POST')) loginPage(request, response);
      return;
    }
    const parts = answering();
    return parts
      ? replyLogin(request, response, { ...parts, failedLogins, origins, proofs, command })
      : replyRefusal(response, NOT_READY);
  }

  function answerLogout(request: IncomingMessage, response: ServerResponse): Promise<void> | void {
    const parts = answering();
    if (request.method !== 'POST') {
      response.setHeader('Allow', 'POST');
      replyText(response, 405, 'Only POST is allowed here');
    } else if (!parts) replyRefusal(response, NOT_READY);
    else return replyLogout(request, response, parts);
  }

  const reads =
    (answer: Answer): Answer =>
    (request, response) => {
      if (isReading(request.method, response)) return answer(request, response);
    };

  const routes: ReadonlyMap<string, Answer> = new Map<string, Answer>([
    [GRAPHQL_PATH, answerGraphql],
    [LOGIN_PATH, answerLogin],
    [LOGOUT_PATH, answerLogout],
    ['/metrics', reads(answerMetrics)],
    ['/healthz', reads((_, response) => replyHealth(response, health))],
    ['/readyz', reads((_, response) => replyReadiness(response, answering()?.readiness ?? null))],
    ['/', reads((_, response) => void response.writeHead(302, { Location: GRAPHQL_PATH }).end())],
  ]);

  return (request, response) => {
    setSecurityHeaders(response);
    const refusal = guard(request);
    if (refusal) return replyRefusal(response, refusal);
    if (origins.answer(request, response)) return;
    if (wantsServiceWorker(request)) return replyServiceWorker(response);
    const [path = ''] = (request.url ?? '').split('?');
    const answer = routes.get(path);
    if (answer) return answer(request, response);
    replyText(response, 404, `Not found. GraphQL is at ${GRAPHQL_PATH}`);
  };
}

export interface HealthOptions {
  readonly version: string;
  /** Random at each start. By it, a client recognizes the server that it looks for. */
  readonly instance: string;
}

/** `/healthz`: shows that the process responds. */
function replyHealth(response: ServerResponse, { version, instance }: HealthOptions): void {
  replyJson(response, 200, { status: 'ok', version, instance });
}

/**
 * `/readyz`: 200 if there is no problem, else 503 with the problems, one sentence each. Apps that should run and do not
 * are counted, but do not cause a 503.
 */
function replyReadiness(response: ServerResponse, readiness: Readiness | null): void {
  const problems = readiness ? readiness.problems() : ['The server is starting'];
  const ready = problems.length === 0;
  const down = readiness?.appsDown() ?? 0;
  replyJson(response, ready ? 200 : 503, {
    status: ready ? 'ready' : 'not ready',
    problems,
    ...(down > 0 ? { appsDown: down } : {}),
  });
}

/**
 * This server has no service worker. A program that used its port while it was down may have installed one in a
 * browser, which would then answer instead of this server. Browsers request its script again when they open a page, with
 * a header that no page can send. They get this script, which unregisters itself and reloads open pages.
 */
const REMOVAL = `
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil((async () => {
  await self.registration.unregister();
  for (const page of await self.clients.matchAll({ type: 'window' })) page.navigate(page.url);
})()));
`;

/** Whether a browser requests the script of a service worker, at any path. */
function wantsServiceWorker({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers['service-worker'] === 'script';
}

function replyServiceWorker(response: ServerResponse): void {
  reply(response, 200, 'text/javascript; charset=utf-8', REMOVAL);
}
