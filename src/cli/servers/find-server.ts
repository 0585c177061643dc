import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import type { ClientEnvironment } from '../../config/client-environment.ts';
import { judgeListeners, type Listening, placeOf } from '../../host/listeners.ts';
import { readTrusted } from '../../host/trust.ts';
import { type CommandFailure, noServer, refused, wrongUse } from '../failure.ts';
import { type LiveServer, lookUpServer, mayListen } from './live-server.ts';
import { listServers } from './server-list.ts';

/** What the flags of a command say about the server to ask. */
export interface ServerFlags {
  readonly url?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly dataDir?: string;
  readonly insecure?: boolean;
}

export interface FoundServer {
  readonly url: string;
  /** Null: there is none to send. */
  readonly token: string | null;
  /** The server of this machine that it is; null where an address was given. */
  readonly local: LiveServer | null;
  /**
   * Call it immediately before the token is sent: another account can take a port as soon as its server has ended.
   * @throws CommandFailure where the token must not be sent there now
   */
  readonly mayHaveToken: () => void;
}

export interface FindOptions {
  readonly flags: ServerFlags;
  readonly environment: ClientEnvironment;
  readonly cwd: string;
}

/**
 * The server that a command is meant for: the address that was given; else that of the data directory that
 * was given; else that of `./.toehold`; else the only one that this user has running.
 * @throws CommandFailure where there is none, or more than one, or it is not trusted
 */
export async function findServer({ flags, environment, cwd }: FindOptions): Promise<FoundServer> {
  const said = flags.url ?? (flags.dataDir === undefined ? environment.url : null);
  if (said !== null) {
    const url = addressOf(said);
    // A token of the environment is for the address that stands there, and for no other.
    const ofEnvironment = environment.url === null || environment.url === said;
    const token = tokenSaid({ flags, environment, cwd }, ofEnvironment);
    const mayHaveToken =
      token === null ? () => {} : await guardOf(url, flags.insecure ?? environment.insecure);
    mayHaveToken();
    return { url, token, local: null, mayHaveToken };
  }
  // Where an address stands in the environment, so does the token for it: it is not this server's.
  const given = tokenSaid({ flags, environment, cwd }, environment.url === null);
  const local = await findLocal({ flags, environment, cwd });
  const { url } = local.entry;
  const mayHaveToken = () => {
    const listening = local.judge();
    if (!mayListen(listening)) throw notSent(url, listening);
  };
  return { url, token: given ?? local.token, local, mayHaveToken };
}

/** The same, of this machine alone. @throws CommandFailure */
export async function findLocal({ flags, environment, cwd }: FindOptions): Promise<LiveServer> {
  const named = flags.dataDir ?? environment.dataDir;
  const here = join(cwd, '.toehold');
  // A directory that has a state decides: not the server that happens to run elsewhere.
  if (named !== null) return theServerOf(join(resolve(cwd, named), '.toehold'), true);
  if (existsSync(here)) return theServerOf(here, (await listServers(environment.stateHome)).includes(here));
  return theOnlyOne(environment.stateHome);
}

async function theServerOf(stateDir: string, known: boolean): Promise<LiveServer> {
  const lookup = await lookUpServer(stateDir, { known });
  if (lookup.live) return lookup.server;
  if (lookup.refused) {
    const { problem, advice } = lookup.refused;
    throw refused(`${problem}: ${stateDir} is not trusted, and nothing was sent\n${advice}`);
  }
  throw noServer(`${stateDir} ${lookup.why}\nStart one: toehold serve --data-dir ${dirname(stateDir)}`);
}

async function theOnlyOne(stateHome: string): Promise<LiveServer> {
  const lookups = await Promise.all(
    (await listServers(stateHome)).map((stateDir) => lookUpServer(stateDir, { known: true })),
  );
  const live = lookups.flatMap((lookup) => (lookup.live ? [lookup.server] : []));
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

/** What the person said; null: nothing. @throws CommandFailure */
function tokenSaid({ flags, environment, cwd }: FindOptions, ofEnvironment: boolean): string | null {
  const text =
    flags.token ??
    (flags.tokenFile === undefined ? null : tokenOfFile(resolve(cwd, flags.tokenFile), '--token-file')) ??
    (ofEnvironment ? environment.token : null) ??
    (ofEnvironment && environment.tokenFile !== null
      ? tokenOfFile(resolve(cwd, environment.tokenFile), 'TOEHOLD_TOKEN_FILE')
      : null);
  // What a header cannot carry would look as if nobody answered.
  if (text !== null && !/^[\x21-\x7e]*$/.test(text))
    throw wrongUse('what was given as the token is none: it takes one such as toe_…, which has no spaces');
  return text;
}

const LARGEST_TOKEN = 1_024;

function tokenOfFile(path: string, name: string): string {
  const read = readTrusted(path, { limit: LARGEST_TOKEN, secret: true });
  if (read.ok) return read.text.trim();
  throw refused(`${name} is not used: ${read.problem}${read.advice && `\n${read.advice}`}`);
}

/** Over https whoever answers has proved its name; else the listener must be this account's, or root's. */
async function guardOf(url: string, insecure: boolean): Promise<() => void> {
  const address = new URL(url);
  if (insecure || address.protocol === 'https:') return () => {};
  const place = literal(address) ? await placeOf(address) : { addresses: [], port: 0 };
  const owners = [process.getuid?.() ?? 0, 0];
  return () => {
    const listening = judgeListeners(place, owners);
    if (!listening.ok) throw notSent(url, listening);
  };
}

/** Any other name may lead elsewhere at the next look-up. */
function literal({ hostname }: URL): boolean {
  return hostname === 'localhost' || isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
}

function notSent(url: string, listening: Exclude<Listening, { ok: true }>): CommandFailure {
  const { code, problem } = listening;
  if (code === 'nobody')
    return noServer(`No answer from ${url}: ${problem}\nIs it running? toehold serve starts one`);
  const why = code === 'elsewhere' ? 'it is not https, and not an address of this machine' : problem;
  return refused(
    `No token was sent to ${url}: ${why}\nGive an https address, or a tunnel to loopback (ssh -L); --insecure sends it anyway`,
  );
}
