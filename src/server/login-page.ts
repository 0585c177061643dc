import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowInPage, sourceHash } from './headers.ts';
import { SESSION_SCRIPT } from './page-session.ts';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 30rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; }
label { display: block; margin-top: 1.5rem; }
input { box-sizing: border-box; width: 100%; font: inherit; padding: 0.5rem; margin: 0.25rem 0 0.75rem; }
button { font: inherit; padding: 0.4rem 1rem; }
code { padding: 0.1rem 0.35rem; border: 1px solid GrayText; border-radius: 0.25rem; }
[role='alert']:not(:empty) { border-left: 0.25rem solid #c62828; padding: 0.25rem 0.75rem; }
`;

/** The secret leaves the address bar before anything else; a page that is only prepared in advance spends nothing. */
const SCRIPT = `
const link = new URLSearchParams(location.search).get('once');
if (link !== null) history.replaceState(null, '', '/login');
const form = document.querySelector('form');
const field = document.querySelector('input');
const says = (role, text) => { document.querySelector('[role=' + role + ']').textContent = text; };
const enter = (token) => { session.keep(token); location.replace('/graphql'); };

async function messageOf(response) {
  const body = await response.json().catch(() => null);
  return body?.errors?.[0]?.message ?? 'The server answered ' + response.status + ': try again in a moment.';
}

async function spend(once) {
  if (document.prerendering)
    await new Promise((resolve) => document.addEventListener('prerenderingchange', resolve, { once: true }));
  says('status', 'Logging in …');
  const response = await session.post('/login', { once }, '');
  says('status', '');
  if (response.ok) return enter((await response.json()).token);
  says('alert', await messageOf(response));
}

async function use(token) {
  if (!/^[\\x21-\\x7e]+$/.test(token)) return says('alert', 'This is no token: one begins with toe_');
  const response = await session.post('/graphql', { query: '{ viewer { name } }' }, token);
  if (response.ok) return enter(token);
  says('alert', await messageOf(response));
}

const told = (work) => work.catch(() => says('alert', 'The server cannot be reached: is it running?'));
form.addEventListener('submit', (event) => {
  event.preventDefault();
  says('alert', '');
  told(use(field.value.trim()));
});
if (link !== null) told(spend(link));
`;

const SCRIPTS = `(() => {${SESSION_SCRIPT}${SCRIPT}})();`;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>Log in to Toehold</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Log in to Toehold</h1>
<p role="status"></p>
<p role="alert"></p>
<p>Run <code>toehold open</code> on the machine of this server: it opens a link that logs this browser in.</p>
<noscript><p>This page needs JavaScript.</p></noscript>
<form>
<label>Or paste a token
<input type="password" name="token" autocomplete="off" spellcheck="false" required placeholder="toe_…"></label>
<button>Log in</button>
</form>
</main>
<script>${SCRIPTS}</script>
</body>
</html>
`;

const POLICY = allowInPage({
  'script-src': [sourceHash(SCRIPTS)],
  'style-src': [sourceHash(STYLE)],
  'img-src': ['data:'],
  'connect-src': ["'self'"],
});

/** `GET /login`: the page by which a browser comes to its token. Reading it, with a link's secret or without, spends nothing. */
export function replyLoginPage(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Content-Security-Policy', POLICY);
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Content-Length': Buffer.byteLength(PAGE),
  });
  response.end(request.method === 'HEAD' ? undefined : PAGE);
}
