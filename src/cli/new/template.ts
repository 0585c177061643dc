export interface NewAppOptions {
  readonly name: string;
  readonly icon: string | null;
  /** An app that serves nothing: no port, no page. */
  readonly worker: boolean;
}

/** The files of an app that runs unchanged, by name. It needs only Node. */
export function appFiles(options: NewAppOptions): Readonly<Record<string, string>> {
  return options.worker
    ? { 'package.json': manifest(options, 'worker.js'), 'worker.js': WORKER }
    : { 'package.json': manifest(options, 'server.js'), 'server.js': SERVER };
}

function manifest({ name, icon, worker }: NewAppOptions, program: string): string {
  // An app that serves has no reason to end by itself, so an exit with 0 is a failure too.
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

// Toehold sets PORT. The app is running when it listens there.
const port = Number(process.env.PORT);

const server = createServer((request, response) => {
  // Toehold checks every 30 seconds that the app answers. That is no visitor.
  if (request.headers['user-agent'] !== 'toehold-health-check') console.log(request.method, request.url);
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
  response.end('<!doctype html><title>It runs</title><h1>It runs</h1><p>Edit server.js, then restart the app.</p>');
});

// With '0.0.0.0' other machines can reach the app too.
server.listen(port, '127.0.0.1', () => console.log(\`Listening on port \${port}\`));

// Toehold stops the app: finish open requests. After 10 seconds the app is killed.
process.on('SIGTERM', () => {
  server.close();
  server.closeIdleConnections();
});
`;

const WORKER = `// A worker serves nothing. It runs until it gets SIGTERM.
let rounds = 0;

const timer = setInterval(() => {
  rounds += 1;
  console.log(\`Round \${rounds}\`);
}, 60_000);

console.log('At work');

process.on('SIGTERM', () => clearInterval(timer));
`;
