// An app with a dependency. Toehold installs it from the lock file before the first start.
import { createServer } from 'node:http';
import { renderSVG } from 'uqr';

const LONGEST_TEXT = 500;
const port = Number(process.env.PORT);

const server = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const text = (url.searchParams.get('text') ?? 'https://example.org').slice(0, LONGEST_TEXT);
  console.log(`${request.method} ${url.pathname} ${text.length} characters`);
  if (url.pathname === '/code.svg') {
    response.writeHead(200, { 'content-type': 'image/svg+xml' }).end(renderSVG(text));
  } else if (url.pathname === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(text));
  } else {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('There is / and /code.svg?text=...\n');
  }
});

server.listen(port, '127.0.0.1', () => console.log(`QR codes are drawn on port ${port}`));

process.on('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
});

function page(text) {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>QR code</title>
<style>
  body { margin: 3rem auto; max-width: 22rem; padding: 0 1rem; font: 17px/1.5 system-ui, sans-serif; color: #1d2b36; }
  form { display: flex; gap: 0.5rem; }
  input { flex: 1; font: inherit; padding: 0.3rem 0.5rem; }
  button { font: inherit; }
  img { width: 100%; margin-top: 1rem; }
</style>
<h1>🔳 QR code</h1>
<form><input name="text" aria-label="Text" maxlength="${LONGEST_TEXT}" value="${escapeHtml(text)}"><button>Draw</button></form>
<img alt="QR code of the text" src="/code.svg?text=${encodeURIComponent(text)}">
</html>
`;
}

function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
