// The second release shows the apps on a page that refreshes itself.
import { createServer } from 'node:http';
import { readStatus } from './control-plane.js';

const port = Number(process.env.PORT);

const server = createServer(async (_request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  try {
    response.end(page(await readStatus()));
  } catch (error) {
    console.error(`The control plane does not answer: ${error.message}`);
    response.end(frame('<p>The control plane does not answer.</p>'));
  }
});

server.listen(port, '127.0.0.1', () => console.log(`Status is shown on port ${port}`));

process.on('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
});

function page({ supervisor, apps }) {
  const rows = apps.map(
    (app) =>
      `<tr class="${app.state.toLowerCase()}"><td>${escapeHtml(app.icon)}<td>${name(app)}<td>${state(app)}`,
  );
  return frame(`<table>${rows.join('')}</table><footer>toehold ${escapeHtml(supervisor.version)}</footer>`);
}

function name(app) {
  return app.url ? `<a href="${escapeHtml(app.url)}">${escapeHtml(app.name)}</a>` : escapeHtml(app.name);
}

function state({ state, health, restart }) {
  if (restart) return `restart ${restart.attempt} at ${escapeHtml(restart.at.slice(11, 19))} UTC`;
  return state === 'RUNNING' && health === 'UNHEALTHY' ? 'running, not healthy' : state.toLowerCase();
}

function frame(content) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>App status</title>
<style>
  body { margin: 3rem auto; max-width: 30rem; padding: 0 1rem; font: 17px/1.6 system-ui, sans-serif; color: #1d2b36; }
  table { width: 100%; border-collapse: collapse; }
  td { padding: 0.4rem; border-bottom: 1px solid #dfe6ea; }
  td:last-child { text-align: right; color: #5a6b78; }
  .running td:last-child { color: #14804a; }
  .backoff td:last-child, .invalid td:last-child { color: #b3261e; }
  footer { margin-top: 1rem; color: #5a6b78; font-size: 0.85em; }
</style>
<h1>🚦 App status</h1>
${content}
</html>
`;
}

function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
