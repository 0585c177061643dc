import type { ServerResponse } from 'node:http';
import type { Readiness } from '../contracts/supervisor.ts';
import { replyJson } from './replies.ts';

export interface HealthOptions {
  readonly version: string;
  /** Made at each start: by it a client knows that this is the server it looked for. */
  readonly instance: string;
}

/** `/healthz`: the process answers. */
export function replyHealth(response: ServerResponse, { version, instance }: HealthOptions): void {
  replyJson(response, 200, { status: 'ok', version, instance });
}

/**
 * `/readyz`: 200 when all is well, else 503 with what is not, a sentence each. Apps that are wanted and do not run
 * are counted; they are no reason for 503.
 */
export function replyReadiness(response: ServerResponse, readiness: Readiness | null): void {
  const problems = readiness ? readiness.problems() : ['The server is starting'];
  const ready = problems.length === 0;
  const down = readiness?.appsDown() ?? 0;
  replyJson(response, ready ? 200 : 503, {
    status: ready ? 'ready' : 'not ready',
    problems,
    ...(down > 0 ? { appsDown: down } : {}),
  });
}
