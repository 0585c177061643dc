import { auditServer } from 'graphql-http';
import { expect, it } from 'vitest';
import { startControlPlane } from '../support/control-plane.ts';

it('passes the audit suite of GraphQL over HTTP', async () => {
  const plane = await startControlPlane();
  const fetchFn = (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Bearer ${plane.token}`);
    return fetch(url, { ...init, headers });
  };
  const results = await auditServer({ url: `${plane.url}/graphql`, fetchFn });
  const missed = results.flatMap((result) =>
    result.status === 'ok' ? [] : [`${result.id} ${result.name}: ${result.reason}`],
  );
  for (const result of results) if ('response' in result) await result.response.body?.cancel();
  expect(missed).toEqual([]);
  expect(results).toHaveLength(61);
});
