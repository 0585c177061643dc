// The only request of this app to the control plane.
const QUERY = /* GraphQL */ `
  query Status {
    supervisor { version }
    apps {
      nodes { name icon state health url restart { attempt at } }
    }
  }
`;

/** Returns `{ supervisor, apps }`. Throws if the control plane does not answer or refuses. */
export async function readStatus() {
  const { TOES_URL, TOES_TOKEN } = process.env;
  const answer = await fetch(`${TOES_URL}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(TOES_TOKEN && { authorization: `Bearer ${TOES_TOKEN}` }),
    },
    body: JSON.stringify({ query: QUERY }),
    signal: AbortSignal.timeout(3_000),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(errors[0].message);
  return { supervisor: data.supervisor, apps: data.apps.nodes };
}
