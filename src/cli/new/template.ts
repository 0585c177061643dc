export interface NewAppOptions {
  readonly name: string;
  readonly icon: string | null;
  /** Serves nothing: no port, no page. */
  readonly worker: boolean;
}

/** The files of an app that runs as it is, by name: Node alone, nothing to install. */
export function appFiles(options: NewAppOptions): Readonly<Record<string, string>> {
  return options.worker
    ? { 'package.json': manifest(options, 'worker.js'), 'worker.js': WORKER }
    : { 'package.json': manifest(options, 'server.js'), 'server.js': SERVER };
}

function manifest({ name, icon, worker }: NewAppOptions, program: string): string {
  // An app that serves has no reason to end by itself: exit 0 is a fault of it, too.
  const toes = { ...(icon === null ? {} : { icon }), ...(worker ? { port: false } : { restart: 'always' }) };
  const content = {
    name,
    private: true,
    type: 'module',
    scripts: { toes: `node ${program}` },
    toes,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

const SERVER = `import { createServer } from 'node:http';

// Toehold gives the port; the app counts as running once it listens there.
const port = Number(process.env.PORT);

const server = createServer((request, response) => {
  console.log(request.method, request.url);
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end('<!doctype html><title>It runs</title><h1>It runs</h1><p>Edit server.js, then restart the app.</p>');
});

// '0.0.0.0' instead would let other machines reach it, too.
server.listen(port, '127.0.0.1', () => console.log(\`Listening on port \${port}\`));

// Told to end: finish what is under way. After 10 seconds it would be killed.
process.on('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
});
`;

const WORKER = `// A worker serves nothing: it runs until it is told to end.
let rounds = 0;

const timer = setInterval(() => {
  rounds += 1;
  console.log(\`Round \${rounds}\`);
}, 60_000);

console.log('At work');

process.on('SIGTERM', () => clearInterval(timer));
`;
