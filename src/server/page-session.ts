/** Where a browser keeps its token: what stands there is one origin's, and so one port's. */
export const TOKEN_KEY = 'toehold:token';

/**
 * What both pages know of the browser's session, as a script. `who` answers with the viewer, with null where
 * the server wants another token, and asks again while the server is starting.
 */
export const SESSION_SCRIPT = `
const session = {
  token: () => localStorage.getItem('${TOKEN_KEY}'),
  keep: (token) => localStorage.setItem('${TOKEN_KEY}', token),
  forget: () => localStorage.removeItem('${TOKEN_KEY}'),
  headers: (token = session.token()) => (token ? { authorization: 'Bearer ' + token } : {}),
  post: (path, body, token) =>
    fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json', ...session.headers(token) },
      body: JSON.stringify(body),
    }),
  async who(token) {
    for (;;) {
      const response = await session.post('/graphql', { query: '{ viewer { name role } }' }, token);
      if (response.status === 401 || response.status === 429) return null;
      if (response.ok) return (await response.json()).data.viewer;
      if (response.status !== 503) throw new Error('The server answered ' + response.status);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  },
};
`;
