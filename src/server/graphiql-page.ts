import { DEFAULT_QUERY } from './default-query.ts';
import { GRAPHQL_PATH } from './graphql.ts';
import { allowInPage, sourceHash } from './headers.ts';
import { LOGIN_PATH, LOGOUT_PATH } from './login.ts';
import { SESSION_SCRIPT, TOKEN_KEY } from './page-session.ts';

const FAVICON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100'><text y='.9em' font-size='90'>🐾</text></svg>";

const STYLE = `
#root:not(:has(*)) { padding: 2rem; font: 1rem system-ui, sans-serif; }
.toehold-who { margin-left: 0.75rem; font-size: 0.8rem; font-weight: normal; opacity: 0.75; }
.toehold-log-out { margin-left: 0.5rem; font: inherit; font-size: 0.8rem; cursor: pointer; text-decoration: underline;
  color: inherit; background: none; border: 0; }

/* A narrow page has its panes one below the other. GraphiQL sets their widths in style attributes. */
@media (max-width: 700px) {
  .graphiql-container { min-height: 100%; height: auto !important; }
  .graphiql-container .graphiql-main, #graphiql-session { flex-direction: column; }
  .graphiql-container .graphiql-main { min-width: 0; }
  .graphiql-container .graphiql-plugin { width: auto; max-width: none; max-height: 70vh; overflow: auto; }
  .graphiql-container .graphiql-sessions { margin: 0; }
  .graphiql-container .graphiql-horizontal-drag-bar { display: none; }
  #graphiql-session > *, .graphiql-main > * { flex: 0 0 auto !important; width: auto !important; }
  .graphiql-container .graphiql-editors { height: 60vh; }
  .graphiql-container .graphiql-response { height: 70vh; }
  .graphiql-container .graphiql-sidebar { padding: 4px; width: auto; }
  .graphiql-container .graphiql-session-header { height: auto; flex-wrap: wrap-reverse; }
  .graphiql-container .graphiql-logo { margin: 0 8px 0 auto; white-space: nowrap; }
}
`;

const OPTIONS = { endpoint: GRAPHQL_PATH, subscriptionsProtocol: 'WS', defaultQuery: DEFAULT_QUERY };

/** Reports a refused WebSocket to the page. GraphiQL keeps the class that it finds when it is loaded. */
const SOCKET_SCRIPT = `
globalThis.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    this.addEventListener('close', ({ code }) => code === 4403 && dispatchEvent(new Event('toehold:refused')));
  }
};
`;

/**
 * Finds the text that GraphiQL shows first. GraphiQL keeps its tabs, but not which text was the default: without this,
 * each load adds an empty tab in front of the examples. Tabs without text are dropped.
 */
const TABS_SCRIPT = `
const firstText = () => {
  const TABS = 'graphiql:tabState';
  const asked = new URL(location.href).searchParams.get('query');
  let kept = null;
  try { kept = JSON.parse(localStorage.getItem(TABS)); } catch {}
  if (!Array.isArray(kept?.tabs)) return {};
  const active = kept.tabs[kept.activeTabIndex];
  const tabs = kept.tabs.filter((tab) => tab?.query?.trim());
  // GraphiQL begins with the default text then.
  if (tabs.length === 0) return void localStorage.removeItem(TABS) ?? {};
  const tab = asked === null ? (tabs.includes(active) ? active : tabs[0]) : tabs.find(({ query }) => query === asked);
  localStorage.setItem(TABS, JSON.stringify({ ...kept, tabs, activeTabIndex: Math.max(0, tabs.indexOf(tab)) }));
  if (!tab) return {};
  return { query: tab.query, variables: tab.variables ?? '', initialHeaders: tab.headers ?? '' };
};
`;

/** Starts GraphiQL with the browser's token. Without a valid token, opens the login page. */
const START_SCRIPT = `
(async () => {
  const token = session.token();
  const leave = async (why = token ? 'ended' : null) => {
    const other = session.token();
    if (other && other !== token) return location.reload();
    // The login page shows the reason, whichever request led there first.
    if (why) sessionStorage.setItem('toehold:why', why);
    await session.forget(token);
    location.replace('${LOGIN_PATH}');
  };
  const viewer = await session.who();
  if (viewer === null) return leave();

  const name = document.createElement('span');
  name.className = 'toehold-who';
  name.textContent = viewer.name + ' · ' + viewer.role;
  const logOut = token ? '<button type="button" class="toehold-log-out">Log out</button>' : '';
  document.addEventListener('click', async ({ target }) => {
    if (!target.closest?.('.toehold-log-out')) return;
    await session.post('${LOGOUT_PATH}', {}).catch(() => {});
    leave('logged-out');
  });
  // Another page of this browser has logged out, or has logged in with another token.
  addEventListener('storage', ({ key, newValue }) => {
    if (key === '${TOKEN_KEY}') leave(newValue === null ? 'logged-out' : null);
  });
  addEventListener('toehold:refused', async () => {
    if ((await session.who()) === null) leave();
  });

  // GraphiQL uses the global fetch. So this adds the proof to each request, and leaves after a 401.
  globalThis.fetch = async (to, request = {}) => {
    const { origin, pathname, search } = new URL(to, location.href);
    if (origin !== location.origin) return fetchPlain(to, request);
    const response = await session.ask(pathname + search, request);
    if (response.status === 401) leave();
    return response;
  };

  YogaGraphiQL.renderYogaGraphiQL(document.querySelector('#root'), {
    ...${JSON.stringify(OPTIONS)},
    ...firstText(),
    logo: '🐾',
    title: 'Toehold' + name.outerHTML + logOut,
    connectionParams: () => session.connectionParams('${GRAPHQL_PATH}'),
  });
})().catch((error) => {
  document.querySelector('#root').textContent = 'This page could not start (' + error.message + '). Reload it.';
});
`;

/** The page, and its Content-Security-Policy. */
interface GraphiqlPage {
  readonly html: string;
  readonly policy: string;
}

/** Renders the page around the prebuilt GraphiQL. It is the same for all users and has no secrets. */
export async function renderGraphiqlPage(): Promise<GraphiqlPage> {
  // Most servers never show the page, so its text is loaded when it is first requested.
  const { css, js, editorWorkerService, graphqlWorker, jsonWorker } = await import(
    '@graphql-yoga/render-graphiql/graphiql'
  );
  const workers = JSON.stringify({ editorWorkerService, json: jsonWorker, graphql: graphqlWorker });
  const scripts = [
    ...[SESSION_SCRIPT, SOCKET_SCRIPT, TABS_SCRIPT, workersScript(workers)],
    ...[withoutStacks(js), START_SCRIPT],
  ].map(asParsed);
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Toehold</title>
<link rel="icon" href="${FAVICON}">
<style>${css}${STYLE}</style>
</head>
<body class="no-focus-outline">
<noscript>This page needs JavaScript.</noscript>
<div id="root">Loading Toehold …</div>
${scripts.map((script) => `<script>${script}</script>`).join('\n')}
</body>
</html>
`;
  const policy = allowInPage({
    'script-src': scripts.map(sourceHash),
    // The editor creates style sheets at run time.
    'style-src': ["'unsafe-inline'"],
    'worker-src': ['blob:'],
    'font-src': ['data:'],
    'img-src': ['data:'],
    'connect-src': ["'self'"],
  });
  return { html, policy };
}

/** What GraphiQL shows of an error that the page itself finds, such as a syntax error. People need no stack of minified code. */
export const ERROR_FORMAT = /\{message:(\w+)\.message,stack:\1\.stack\}/g;

function withoutStacks(js: string): string {
  return js.replace(ERROR_FORMAT, '{message:$1.message}');
}

/** The workers of the editor, created from text. */
function workersScript(workers: string): string {
  return `
const workers = Object.fromEntries(Object.entries(${workers.replaceAll('</', '<\\/')}).map(([name, text]) =>
  [name, URL.createObjectURL(new Blob([text], { type: 'application/javascript' }))]));
self.MonacoEnvironment = { globalAPI: false, getWorkerUrl: (_, label) => workers[label] };
`;
}

/** Browsers normalize line ends before they compare a script with its hash. */
function asParsed(script: string): string {
  return script.replace(/\r\n?/g, '\n');
}
