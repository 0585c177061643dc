import type { IncomingMessage, ServerResponse } from 'node:http';
import { allowInPage, sourceHash } from './headers.ts';
import { SESSION_SCRIPT, TOKEN_KEY } from './page-session.ts';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 30rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.1rem; }
label { display: block; margin-top: 1.5rem; }
input { box-sizing: border-box; width: 100%; font: inherit; padding: 0.5rem; margin: 0.25rem 0 0.75rem; }
button { font: inherit; padding: 0.4rem 1rem; }
code { padding: 0.1rem 0.35rem; border: 1px solid GrayText; border-radius: 0.25rem; }
strong { overflow-wrap: anywhere; }
[hidden] { display: none; }
[role='alert']:not(:empty), [role='note'] { border-left: 0.25rem solid #c62828; padding: 0.25rem 0.75rem; }
[role='note'] { border-color: #e0a000; }
#ask { border: 1px solid GrayText; border-radius: 0.5rem; padding: 0.25rem 1.25rem 1.25rem; margin: 1.5rem 0; }
#ask button + button { margin-left: 0.5rem; }
`;

/**
 * Removes the secret from the address bar first. Does not use the link while the page is only prerendered. If a session
 * exists, asks the person before the link replaces it.
 */
const SCRIPT = `
const query = new URLSearchParams(location.search);
const link = query.get('once');
/** A page of another origin that wants a session of its own. */
const asked = query.has('return') && {
  return: query.get('return'),
  code_challenge: query.get('code_challenge') ?? '',
  state: query.get('state') ?? '',
};
const why = { 'ended': 'Your session has ended: it was unused for too long, too old, or revoked. Log in again.',
  'logged-out': 'You are logged out.' }[sessionStorage.getItem('toehold:why')];
sessionStorage.removeItem('toehold:why');
if (link !== null) history.replaceState(null, '', '/login');
const form = document.querySelector('form');
const field = document.querySelector('input');
const at = (selector) => document.querySelector(selector);
const says = (role, text) => { at('[role=' + role + ']').textContent = text; };
const goOn = () => (asked ? reported(handOver()) : location.replace('/graphql'));
const shown = ({ name, role }) => name + ' (' + role + ')';
const UNREACHABLE = 'The server cannot be reached: is it running?';
const isSecure = globalThis.isSecureContext;

async function messageOf(response) {
  const body = await response.json().catch(() => null);
  return body?.errors?.[0]?.message ?? 'The server answered ' + response.status + ': try again in a moment.';
}

/** The viewer of a valid token in this browser; null if there is none. */
async function present() {
  const token = session.token();
  if (!token) return null;
  const viewer = await session.who(token);
  if (viewer === null) await session.forget(token);
  return viewer;
}

/** Asks the person. Resolves with true to go on. */
function agrees(now, then) {
  return answers('Log in by this link?', 'Continue', now ? 'Stay' : 'Do not log in', [
    ...(now ? ['You are logged in as ', strong(shown(now)), '. '] : []),
    ...['This link logs you in as ', strong(shown(then)), now ? ' instead.' : '.'],
  ]);
}

function answers(question, yes, no, text) {
  at('#question').textContent = question;
  at('#ask p').replaceChildren(...text);
  at('#continue').textContent = yes;
  at('#stay').textContent = no;
  at('#ask').hidden = false;
  at('#others').hidden = true;
  at('#stay').focus();
  return new Promise((resolve) => {
    at('#continue').onclick = () => resolve(true);
    at('#stay').onclick = () => resolve(false);
  }).finally(() => { at('#ask').hidden = true; at('#others').hidden = false; });
}

function strong(text) {
  const element = document.createElement('strong');
  element.textContent = text;
  return element;
}

/** Uses the link for a session. Binds it to a new key if the browser can store one. */
async function spend(once) {
  const key = await browserKey.make();
  const response = await session.fetch('/login', session.jsonOf({ once }), once, key, {});
  if (!response.ok) return refused(response);
  await session.keep((await response.json()).token, key);
  goOn();
}

/** Goes on to the page if the browser is logged in, or as soon as another page of it has used the link. */
async function refused(response) {
  const isSpent = response.status === 401 || response.status === 429;
  if (isSpent && (await present())) return goOn();
  says('alert', await messageOf(response));
  if (isSpent) addEventListener('storage', ({ key, newValue }) => key === '${TOKEN_KEY}' && newValue && goOn());
}

async function follow(once) {
  if (document.prerendering)
    await new Promise((resolve) => document.addEventListener('prerenderingchange', resolve, { once: true }));
  says('status', 'Looking at the link …');
  const [now, preview] = await Promise.all([present(), session.post('/login', { once, preview: true }, '')]);
  says('status', '');
  if (!preview.ok) return refused(preview);
  const then = await preview.json();
  if ((now || !isSecure) && !(await agrees(now, then))) return now && goOn();
  says('status', 'Logging in as ' + shown(then) + ' …');
  await spend(once);
  says('status', '');
}

/** Creates a link by the token, which is not stored: a script could read a stored token and send it elsewhere. */
async function use(token) {
  if (!/^[\\x21-\\x7e]+$/.test(token)) return says('alert', 'This is not a token. A token begins with toe_');
  const query = 'mutation { createLoginLink(input: {}) { ... on CreateLoginLinkSuccess { url } ... on Error { message } } }';
  const how = session.jsonOf({ query });
  const response = await session.fetch('/graphql', how, token, null, { authorization: 'Bearer ' + token });
  if (!response.ok) return says('alert', await messageOf(response));
  const { data, errors } = await response.json();
  const made = data?.createLoginLink;
  if (!made?.url) return says('alert', made?.message ?? errors[0].message);
  await spend(new URL(made.url).searchParams.get('once'));
}

/** Sends the browser back to the page that asked, with a code or an error. Only an allowed origin gets here. */
function goBack(answer) {
  const back = new URL('/', asked.return);
  back.search = new URLSearchParams({ ...answer, ...(asked.state && { state: asked.state }) });
  location.replace(back);
}

/** Asks the person whether the page of the other origin gets a session of its own, and gives it a code for one. */
async function handOver() {
  const { state, ...request } = asked;
  const checked = await session.post('/login', { ...request, preview: true }, '');
  if (!checked.ok) return says('alert', await messageOf(checked));
  const now = await present();
  if (!now) return says('status', 'Log in to this server first. Then ' + asked.return + ' can get a session of its own.');
  says('status', '');
  const text = [strong(asked.return), ' asks to log in as ', strong(shown(now)), '. It can then do what you can do here.'];
  if (!(await answers('Log in to another page?', 'Allow', 'Do not allow', text))) return goBack({ error: 'access_denied' });
  const made = await session.post('/login', request);
  if (!made.ok) return says('alert', await messageOf(made));
  goBack({ code: (await made.json()).code });
}

async function begin() {
  if (asked) {
    // Another page of this browser has logged in.
    addEventListener('storage', ({ key, newValue }) => key === '${TOKEN_KEY}' && newValue && location.reload());
    return handOver();
  }
  if (link !== null) return follow(link);
  if (why) says('status', why);
  const now = await present();
  if (!now) return;
  says('status', 'You are logged in as ' + shown(now) + '. ');
  const on = document.createElement('a');
  Object.assign(on, { href: '/graphql', textContent: 'Go on' });
  at('[role=status]').append(on);
}

const reported = (work) => work.catch(() => says('alert', UNREACHABLE));
form.addEventListener('submit', (event) => {
  event.preventDefault();
  says('alert', '');
  reported(use(field.value.trim()));
});
at('[role=note]').hidden = isSecure;
reported(begin());
`;

const SCRIPTS = `(() => {${SESSION_SCRIPT}${SCRIPT}})();`;

const pageOf = (command: string) => `<!doctype html>
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
<p role="note" hidden>The connection to this server is not encrypted. Others on the network can read what you see and steal
the session. Use https, or a tunnel: <code>ssh -L 3000:127.0.0.1:3000 machine</code></p>
<section id="ask" aria-labelledby="question" hidden>
<h2 id="question">Log in by this link?</h2>
<p></p>
<button id="continue">Continue</button>
<button id="stay">Stay</button>
</section>
<div id="others">
<p>Run <code>${command} open</code> on the machine of this server${command === 'toehold' ? '' : ', in the directory of Toehold'}: it opens a link
that logs this browser in.</p>
<noscript><p>This page needs JavaScript.</p></noscript>
<form>
<label>Or paste a token
<input type="password" name="token" autocomplete="off" spellcheck="false" required placeholder="toe_…"></label>
<button>Log in</button>
</form>
</div>
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

/** `GET /login`: the login page. Loading it does not use up a link. @param command how a person calls the command in a shell */
export function createLoginPage(command: string) {
  const page = pageOf(command);
  return (request: IncomingMessage, response: ServerResponse): void => {
    response.setHeader('Content-Security-Policy', POLICY);
    // Another program that used this port while the server was down may have left pages in the cache of a browser.
    if (request.method === 'GET') response.setHeader('Clear-Site-Data', '"cache"');
    response.writeHead(200, {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Length': Buffer.byteLength(page),
    });
    response.end(request.method === 'HEAD' ? undefined : page);
  };
}
