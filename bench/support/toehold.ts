import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { freePorts, makeApps } from './apps.ts';
import { now, until } from './measure.ts';

const ROOT = join(import.meta.dirname, '../..');
/** The command as people run it: built. */
export const COMMAND = join(ROOT, 'dist/src/main.js');

/** Builds the command where a source is newer. @throws Error if it cannot be built */
export function build(): void {
  const { status } = spawnSync('sh', [join(ROOT, 'scripts/build.sh'), '--if-stale'], { stdio: 'inherit' });
  if (status !== 0) throw new Error('The command could not be built: run npm run build');
}

const servers = new Set<ChildProcess>();
// An interrupted benchmark leaves no server and no app behind.
process.once('exit', () => {
  for (const server of servers) server.kill('SIGTERM');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

/** The environment without what would configure a server. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const configures = /^(TOEHOLD_|npm_|NODE_OPTIONS$|NODE_ENV$|DATA_DIR$|APPS_DIR$|PORT$|HOST$|INIT_CWD$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !configures.test(name)));
}

interface Options {
  /** The directory of all data of the benchmark. */
  readonly directory: string;
  readonly apps?: number;
  /** What each app runs. */
  readonly command?: string | ((index: number) => string);
  readonly flags?: readonly string[];
}

interface Answer<T> {
  readonly data: T;
  readonly errors?: readonly { readonly message: string }[];
}

/** A server with a data directory of its own: the built command, on loopback, with a token, as people have it. */
export class Toehold {
  readonly dataDir: string;
  readonly #flags: readonly string[];
  #child: ChildProcess | null = null;
  #port = 0;
  #token = '';

  constructor(dataDir: string, flags: readonly string[]) {
    this.dataDir = dataDir;
    this.#flags = flags;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  get port(): number {
    return this.#port;
  }

  /** The first token, whose role is ADMIN. */
  get token(): string {
    return this.#token;
  }

  get environment(): NodeJS.ProcessEnv {
    return { ...cleanEnvironment(), XDG_STATE_HOME: join(this.dataDir, '.state'), DATA_DIR: this.dataDir };
  }

  /** Starts the server. Resolves when /readyz answers 200. @returns milliseconds from the spawn until then */
  async start(port = 0): Promise<number> {
    const begin = now();
    const log = openSync(join(this.dataDir, 'server.log'), 'a');
    const child = spawn(process.execPath, [COMMAND, 'serve', '--json', '--port', `${port}`, ...this.#flags], {
      env: this.environment,
      stdio: ['ignore', 'pipe', log],
    });
    closeSync(log);
    this.#child = child;
    servers.add(child);
    child.once('exit', () => servers.delete(child));
    if (port !== 0) {
      await until('/readyz is 200', async () => (await statusOf(port, '/readyz')) === 200, 60_000, 1);
      this.#port = port;
    } else {
      const [line] = await Promise.race([
        once(child.stdout as Readable, 'data'),
        once(child, 'exit').then(() => {
          throw new Error(`The server ended:\n${this.log()}`);
        }),
      ]);
      this.#port = Number(new URL(JSON.parse(String(line)).url).port);
      await until('/readyz is 200', async () => (await statusOf(this.#port, '/readyz')) === 200);
    }
    const time = now() - begin;
    const file = join(this.dataDir, '.toehold', 'token');
    if (this.#token === '' && existsSync(file)) this.#token = readFileSync(file, 'utf8').trim();
    return time;
  }

  log(): string {
    return readFileSync(join(this.dataDir, 'server.log'), 'utf8');
  }

  /** @throws Error if the answer has errors */
  async ask<T>(query: string, variables: object = {}, token = this.#token): Promise<T> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${token}`,
      },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as Answer<T>;
    if (errors) throw new Error(errors.map(({ message }) => message).join('; '));
    return data;
  }

  /** More tokens. Each has rate limits of its own, as the tokens of different people have. */
  async tokens(count: number, role = 'ADMIN'): Promise<readonly string[]> {
    const create = `mutation ($name: String!, $role: Role!) {
      createToken(input: { name: $name, role: $role }) { ... on CreateTokenSuccess { text } }
    }`;
    const made: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const name = `bench ${role} ${index} ${Date.now()}`;
      const { createToken } = await this.ask<{ createToken: { text: string } }>(create, { name, role });
      made.push(createToken.text);
    }
    return made;
  }

  /** Waits until all apps are RUNNING. */
  async allRun(limit = 120_000): Promise<void> {
    await until(
      'all apps are RUNNING',
      async () => {
        const { apps } = await this.ask<{ apps: { nodes: { state: string }[] } }>(
          '{ apps { nodes { state } } }',
        );
        return apps.nodes.every(({ state }) => state === 'RUNNING');
      },
      limit,
      20,
    );
  }

  async app(
    name: string,
  ): Promise<{ id: string; state: string; port: { port: number }; run: { pid: number } }> {
    const query =
      'query ($name: String!) { app(by: { name: $name }) { id state port { port } run { id pid } } }';
    const { app } = await this.ask<{ app: Awaited<ReturnType<Toehold['app']>> }>(query, { name });
    return app;
  }

  /** Kills the server. Its apps keep running. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends the apps and the server. They can be started again. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** Ends the apps and the server, and removes the data. */
  async end(): Promise<void> {
    await this.#end('SIGTERM');
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

/** Starts a server with apps, and waits until they run. */
export async function startToehold(options: Options): Promise<Toehold> {
  const toehold = await makeToehold(options);
  await toehold.start();
  await toehold.allRun();
  return toehold;
}

/** Makes the data directory of a server with apps, and does not start it. */
export async function makeToehold({
  directory,
  apps = 0,
  command = '',
  flags = [],
}: Options): Promise<Toehold> {
  const dataDir = mkdtempSync(join(directory, 'toehold-'));
  const appsDir = join(dataDir, 'apps');
  mkdirSync(appsDir);
  makeApps(appsDir, apps, command);
  const count = Math.max(10, apps + 10);
  const first = await freePorts(count);
  return new Toehold(dataDir, ['--ports', `${first}-${first + count - 1}`, ...flags]);
}

/** The status of a GET; null if nothing answers. */
export function statusOf(port: number, path: string): Promise<number | null> {
  return new Promise((resolve) => {
    get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? null);
    }).once('error', () => resolve(null));
  });
}
