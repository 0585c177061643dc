import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { lchownSync } from 'node:fs';
import { onTestFinished } from 'vitest';

export const isRoot = process.getuid?.() === 0;

/** The account of every machine that may do nothing. Only root can act as it. */
export const NOBODY = isRoot ? Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' })) : -1;

/** Gives what lies there to that account; a symlink itself. */
export function giveAway(...paths: readonly string[]): void {
  for (const path of paths) lchownSync(path, NOBODY, NOBODY);
}

/** Answers as a server of that name, and tells of each request: its URL and what is in it that could be a secret. */
const IMPOSTOR = `
const [instance, port, host, location] = process.argv.slice(1);
const server = require('node:http').createServer((request, response) => {
  let body = '';
  request.on('data', (text) => { body += text; });
  request.on('end', () => {
    process.send({ url: request.url, authorization: request.headers.authorization ?? null, body });
    if (location && request.url !== '/healthz') response.writeHead(307, { location }).end();
    else response.setHeader('content-type', 'application/json').end(JSON.stringify({ status: 'ok', instance, data: {} }));
  });
});
server.listen(Number(port), host, () => process.send({ port: server.address().port }));
`;

export interface Heard {
  readonly url: string;
  readonly authorization: string | null;
  readonly body: string;
}

export interface Impostor {
  readonly url: string;
  readonly pid: number;
  readonly heard: readonly Heard[];
  end(): Promise<void>;
}

export interface ImpostorOptions {
  readonly instance: string;
  readonly port?: number;
  readonly host?: string;
  /** Where it redirects every request but that for /healthz. */
  readonly location?: string;
  /** As whom; not given: as the test itself. */
  readonly uid?: number;
}

/** Somebody's process that answers as a server would. It ends with the test. */
export async function impostor(options: ImpostorOptions): Promise<Impostor> {
  const { instance, port = 0, host = '127.0.0.1', location = '', uid } = options;
  const heard: Heard[] = [];
  const child: ChildProcess = spawn(
    process.execPath,
    ['-e', IMPOSTOR, instance, String(port), host, location],
    {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      cwd: '/',
      ...(uid === undefined ? {} : { uid, gid: uid }),
    },
  );
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  onTestFinished(end);
  const [first] = (await once(child, 'message')) as [{ port: number }];
  child.on('message', (message: Heard) => void heard.push(message));
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${first.port}`,
    pid: child.pid ?? 0,
    heard,
    end,
  };
}
