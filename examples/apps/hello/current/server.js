// The smallest complete app: it listens on PORT, logs each request, and ends on SIGTERM.
import { createServer } from 'node:http';

const port = Number(process.env.PORT);
const startedAt = new Date();

const server = createServer((request, response) => {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  const found = path === '/';
  response.writeHead(found ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' });
  response.end(
    found ? page() : '<!doctype html><title>Not here</title><p>There is only <a href="/">one page</a>.</p>',
  );
  console.log(`${request.method} ${path} ${response.statusCode}`);
});

server.listen(port, '127.0.0.1', () => console.log(`Hello is ready on port ${port}`));

process.on('SIGTERM', () => {
  console.log('Hello says goodbye');
  // Finish open requests and accept no new ones. Then the process ends by itself.
  server.close();
  server.closeIdleConnections();
});

function page() {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Hello</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-content: center; text-align: center;
    font: 18px/1.5 system-ui, sans-serif; color: #1d2b36; background: #fdf6e9; }
  h1 { margin: 0; font-size: 4rem; }
  p { margin: 0.5rem 0 0; color: #5a6b78; }
  code { background: #fff; border-radius: 4px; padding: 0.1em 0.4em; }
</style>
<h1>👋 Hello</h1>
<p>Process <code>${process.pid}</code> answers on port <code>${port}</code> since ${startedAt.toISOString()}.</p>
<p>See its log: every visit is a line of it.</p>
</html>
`;
}
