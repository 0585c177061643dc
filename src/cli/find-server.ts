import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ClientEnvironment } from '../config/client-environment.ts';
import { noServer, wrongUse } from './failure.ts';
import { type LiveServer, lookAtServer } from './live-entry.ts';
import { listServers } from './server-list.ts';

/** What the flags of a command say about the server to ask. */
export interface ServerFlags {
  readonly url?: string;
  readonly token?: string;
  readonly dataDir?: string;
}

export interface FoundServer {
  readonly url: string;
  /** Null: there is none to send. */
  readonly token: string | null;
  /** The server of this machine that it is; null where an address was given. */
  readonly local: LiveServer | null;
}

export interface FindOptions {
  readonly flags: ServerFlags;
  readonly environment: ClientEnvironment;
  readonly cwd: string;
}

/**
 * The server that a command is meant for: the address that was given; else that of the data directory that
 * was given; else that of `./.toehold`; else the only one that this user has running.
 * @throws CommandFailure where there is none, or more than one
 */
export async function findServer({ flags, environment, cwd }: FindOptions): Promise<FoundServer> {
  const given = flags.token ?? environment.token ?? '';
  // What a header cannot carry would look as if nobody answered.
  if (!/^[\x21-\x7e]*$/.test(given))
    throw wrongUse('what was given as the token is none: it takes one such as toe_…, which has no spaces');
  const said = flags.url ?? (flags.dataDir === undefined ? environment.url : null);
  if (said !== null)
    return { url: addressOf(said), token: tokenFor(said, { flags, environment }), local: null };
  const local = await findLocal({ flags, environment, cwd });
  // Where an address stands in the environment, so does the token for it: it is not this server's.
  const token = flags.token ?? (environment.url === null ? environment.token : null) ?? local.token;
  return { url: local.entry.url, token, local };
}

/** The same, of this machine alone. @throws CommandFailure */
export async function findLocal({ flags, environment, cwd }: FindOptions): Promise<LiveServer> {
  const named = flags.dataDir ?? environment.dataDir;
  const here = join(cwd, '.toehold');
  // A directory that has a state decides: not the server that happens to run elsewhere.
  if (named !== null) return theServerOf(join(resolve(cwd, named), '.toehold'));
  if (existsSync(here)) return theServerOf(here);
  return theOnlyOne(environment.stateHome);
}

async function theServerOf(stateDir: string): Promise<LiveServer> {
  const look = await lookAtServer(stateDir);
  if (look.live) return look.server;
  throw noServer(`${stateDir} ${look.why}\nStart one: toehold serve --data-dir ${dirname(stateDir)}`);
}

async function theOnlyOne(stateHome: string): Promise<LiveServer> {
  const looks = await Promise.all((await listServers(stateHome)).map(lookAtServer));
  const live = looks.flatMap((look) => (look.live ? [look.server] : []));
  const [only, ...others] = live;
  if (!only) {
    throw noServer(
      'no server of yours is running\nStart one with toehold serve, or name one: --data-dir, --url',
    );
  }
  if (others.length === 0) return only;
  const list = live.map(({ stateDir, entry }) => `  --data-dir ${dirname(stateDir)}  (${entry.url})`);
  throw wrongUse(`${live.length} servers of yours are running; say which one is meant:\n${list.join('\n')}`);
}

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && /^https?:$/.test(url.protocol)) return url.href.replace(/\/(graphql\/?)?$/, '');
  throw wrongUse(
    `${JSON.stringify(text)} is no address of a server: it takes one such as http://127.0.0.1:3000`,
  );
}

/** A token of the environment is for the address that stands there, and for no other. */
function tokenFor(url: string, { flags, environment }: Omit<FindOptions, 'cwd'>): string | null {
  if (flags.token !== undefined) return flags.token;
  return environment.url === null || environment.url === url ? environment.token : null;
}
