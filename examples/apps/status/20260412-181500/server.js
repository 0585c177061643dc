// The first release shows the apps and their states as plain text.
import { createServer } from 'node:http';

const port = Number(process.env.PORT);

const server = createServer(async (_request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  try {
    for (const { name, state } of await listApps()) response.write(`${name} ${state}\n`);
    response.end();
  } catch (error) {
    console.error(`The control plane does not answer: ${error.message}`);
    response.end('The control plane does not answer.\n');
  }
});

server.listen(port, '127.0.0.1', () => console.log(`Status is shown on port ${port}`));

process.on('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
});

async function listApps() {
  const { TOES_URL, TOES_TOKEN } = process.env;
  const answer = await fetch(`${TOES_URL}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(TOES_TOKEN && { authorization: `Bearer ${TOES_TOKEN}` }),
    },
    body: JSON.stringify({ query: '{ apps { nodes { name state } } }' }),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(errors[0].message);
  return data.apps.nodes;
}
