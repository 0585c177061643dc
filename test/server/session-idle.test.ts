import { expect, it } from 'vitest';
import { ask, makeDataDir, serve } from '../support/serve.ts';
import { until } from '../support/until.ts';

it('a session ends after TOEHOLD_SESSION_IDLE', async () => {
  const { path } = await makeDataDir();
  const server = await serve({ dataDir: path, env: { TOEHOLD_SESSION_IDLE: '2s' } });
  const [url = ''] = /http:\S+?(?="|\s|$)/.exec(await server.ready()) ?? [];
  const made = await ask<{ createLoginLink: { url: string } }>(
    url,
    'mutation { createLoginLink(input: {}) { ... on CreateLoginLinkSuccess { url } } }',
  );
  const once = new URL(made.data.createLoginLink.url).searchParams.get('once');
  const answer = await fetch(new URL('/login', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ once }),
  });
  const { token } = (await answer.json()) as { token: string };
  const kinds = async () =>
    (await ask<{ tokens: { kind: string }[] }>(url, '{ tokens { kind } }')).data.tokens.map(
      ({ kind }) => kind,
    );
  await until(async () => !(await kinds()).includes('SESSION'), 'the session has ended');
  const refused = await fetch(new URL('/graphql?query={viewer{name}}', url), {
    headers: { accept: 'application/json', authorization: `Bearer ${token}` },
  });
  expect([answer.status, refused.status]).toEqual([200, 401]);
}, 60_000);
