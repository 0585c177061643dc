/** Where the server is, if it serves another origin than this page: VITE_TOEHOLD_URL at build time. */
const server = import.meta.env.VITE_TOEHOLD_URL;

/** Whether the person can log in at the server. Behind the proxy of Vite, the page takes a token. */
export const canLogInAtServer = Boolean(server);

/** What the page remembers until the browser comes back. */
const KEY = 'toehold:login';

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const secret = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** Leaves for the login page of the server, which asks the person (an authorization code with PKCE, RFC 7636). */
export async function beginLogin(): Promise<void> {
  const [verifier, state] = [secret(), secret()];
  sessionStorage.setItem(KEY, JSON.stringify({ verifier, state }));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const challenge = base64url(new Uint8Array(digest));
  const query = new URLSearchParams({ return: location.origin, code_challenge: challenge, state });
  location.assign(new URL(`/login?${query}`, server));
}

/** The token of a new session, if the browser comes back from the login page with a code. */
export async function endLogin(): Promise<string | null> {
  const query = new URLSearchParams(location.search);
  const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as {
    verifier: string;
    state: string;
  } | null;
  if (!kept || query.get('state') !== kept.state) return null;
  sessionStorage.removeItem(KEY);
  history.replaceState(null, '', '/');
  if (!query.has('code')) return null;
  const body = JSON.stringify({ code: query.get('code'), code_verifier: kept.verifier });
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(new URL('/login', server), { method: 'POST', headers, body });
  return response.ok ? (await response.json()).token : null;
}

/** Ends the session at the server. A token that is no session stays valid. */
export async function endSession(token: string): Promise<void> {
  if (!server) return;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  await fetch(new URL('/logout', server), { method: 'POST', headers, body: '{}' }).catch(() => {});
}
