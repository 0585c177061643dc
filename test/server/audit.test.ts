import { auditServer } from 'graphql-http';
import { expect, it } from 'vitest';
import { startControlPlane } from '../support/control-plane.ts';

it('passes the audit of GraphQL over HTTP', async () => {
  const plane = await startControlPlane();
  const results = await auditServer({ url: `${plane.url}/graphql`, fetchFn: fetch });
  const missed = results.flatMap((result) =>
    result.status === 'ok' ? [] : [`${result.id} ${result.name}: ${result.reason}`],
  );
  for (const result of results) if ('response' in result) await result.response.body?.cancel();
  expect(missed).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(60);
});
