import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type AccessStores, DatabaseError, openAccessStores } from '../../../db/index.ts';
import { createAccess, createAuditLog, createSteadyTime } from '../../access/index.ts';
import { readClientEnvironment } from '../../config.ts';
import type { Access, AuditLog } from '../../contracts/access.ts';
import type { Logger } from '../../contracts/logger.ts';
import type { Role, Token } from '../../core/access.ts';
import { reasonOf } from '../../core/errors.ts';
import { createSystemClock } from '../../drivers/system-clock.ts';
import { trustDirectory } from '../../host/trust.ts';
import { CommandFailure, refused, wrongUse } from '../failure.ts';
import { toehold } from '../own-name.ts';
import { listServers } from '../servers/server-list.ts';
import { localTime } from '../terminal/format.ts';
import { jsonText, toStderr, toStdout } from '../terminal/sink.ts';
import { type Column, tableLines } from '../terminal/table.ts';

export interface TokenFlags {
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** The actor in the audit log. The command needs no token, because it can write to the state directory. */
const ACTOR = { actor: 'toehold token', token: null, role: 'ADMIN' } as const;

interface Work {
  readonly access: Access;
  /** Makes a change and records it in the audit log. */
  readonly audited: <T>(action: string, input: object, change: () => T) => T;
}

export async function createToken(
  { name, role, lifetime }: { readonly name: string; readonly role: Role; readonly lifetime: number | null },
  flags: TokenFlags,
): Promise<void> {
  await withAccess(flags, ({ access, audited }) => {
    const expiresAt = lifetime === null ? null : access.time() + lifetime;
    const request = { name, role, expiresAt };
    const shownRequest = { name, role, expiresAt: time(expiresAt) };
    const { token, text } = audited('createToken', shownRequest, () => access.create(request));
    if (flags.json) return print(jsonText({ ...tokenJson(token), token: text }));
    print(text);
    const until = `until ${expiresAt === null ? 'it is revoked' : localTime(expiresAt)}`;
    printError(`made ${name} (${token.id}), ${role}, ${until}; it is not shown again`);
  });
}

export async function listTokens(flags: TokenFlags): Promise<void> {
  await withAccess(flags, async ({ access }) => {
    const tokens = access.tokens();
    if (flags.json) return print(jsonText(tokens.map(tokenJson)));
    for (const line of await tableLines(tokens, COLUMNS, { columns: null, paintTitle: (title) => title }))
      print(line);
  });
}

const COLUMNS: readonly Column<Token>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'NAME', text: ({ name }) => name },
  { title: 'KIND', text: ({ kind }) => kind },
  { title: 'ROLE', text: ({ role }) => role },
  { title: 'CREATED', text: ({ createdAt }) => moment(createdAt) },
  { title: 'EXPIRES', text: ({ expiresAt }) => moment(expiresAt) },
  { title: 'LAST USED', text: ({ lastUsedAt }) => moment(lastUsedAt) },
];

function moment(ms: number | null): string {
  return ms === null ? 'never' : localTime(ms);
}

export async function revokeToken(reference: string, flags: TokenFlags): Promise<void> {
  await withAccess(flags, ({ access, audited }) => {
    const { id, name } = tokenOf(reference, access.tokens());
    const token = audited('revokeToken', { id, name }, () => access.revoke(id));
    if (!token) throw refused(`${reference} has ended in the meantime`);
    if (flags.json) return print(jsonText(tokenJson(token)));
    print(`Revoked ${token.name} (${id})`);
  });
}

/** @throws CommandFailure */
function tokenOf(reference: string, tokens: readonly Token[]): Token {
  const named = tokens.filter(({ name }) => name === reference);
  const [found, ...others] = tokens.some(({ id }) => id === reference)
    ? tokens.filter(({ id }) => id === reference)
    : named;
  if (!found) throw refused(`there is no token ${reference}: ${toehold()} token list shows the tokens`);
  if (others.length === 0) return found;
  const ids = named.map(({ id }) => id).join(', ');
  throw wrongUse(`${named.length} tokens have the name ${reference}: give the id (${ids})`);
}

/** Runs the work on the state directory's tokens. An expected failure is printed and sets the exit code. */
async function withAccess(flags: TokenFlags, work: (work: Work) => void | Promise<void>): Promise<void> {
  let stores: AccessStores | null = null;
  try {
    const stateDir = await stateDirectory(flags);
    const trust = trustDirectory(stateDir);
    if (!trust.ok)
      throw refused(
        `${trust.problem}: ${stateDir} is not trusted, and nothing in it was used\n${trust.advice}`,
      );
    stores = openAccessStores(stateDir);
    const { tokens: store, audit } = stores;
    const clock = createSystemClock();
    const time = createSteadyTime(clock, stores.time);
    const logger: Logger = {
      info() {},
      warn: (_data, message) => printError(message),
      error: (_data, message) => printError(message),
    };
    // Only the server knows which runs live. It removes the tokens of ended runs soon.
    const { access, close } = createAccess({ store, clock, time, logger, runIsLive: () => true });
    await work({ access, audited: auditing(createAuditLog({ store: audit, clock, logger })) });
    close();
    const problem = stores.durability.problem();
    if (problem !== null) throw refused(`it is done, but it might not survive a power failure. ${problem}`);
  } catch (error) {
    const message = explained(error);
    if (message === null) throw error;
    printError(message);
    process.exitCode = error instanceof CommandFailure ? error.exitCode : 1;
  } finally {
    stores?.close();
  }
}

/** The message of an expected failure; null: the failure was not expected. */
function explained(error: unknown): string | null {
  if (error instanceof CommandFailure || error instanceof DatabaseError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('SQLITE_')) return null;
  const busy = code.startsWith('SQLITE_BUSY') ? ': another program writes to it; try again' : '';
  return `the database could not be written, and nothing has changed (${reasonOf(error)})${busy}`;
}

function auditing(audit: AuditLog): Work['audited'] {
  return (action, input, change) => {
    const end = audit.begin({ ...ACTOR, action, input: JSON.stringify({ input }) });
    try {
      const done = change();
      end(done === null ? 'NOT_FOUND' : 'OK');
      return done;
    } catch (error) {
      end('INTERNAL_SERVER_ERROR');
      throw error;
    }
  };
}

/** The state directory of the given data directory, of the current directory, or the only one in this user's list. */
export async function stateDirectory({ dataDir }: TokenFlags): Promise<string> {
  const environment = readClientEnvironment();
  const given = dataDir ?? environment.dataDir;
  const here = join(resolve(given ?? '.'), '.toehold');
  if (hasState(here)) return here;
  const [only, ...others] = given === null ? listServers(environment.stateHome).filter(hasState) : [];
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) {
    throw wrongUse(`no server has run in ${dirname(here)} yet: start one there, or give --data-dir`);
  }
  const places = [only, ...others].map(dirname).join(', ');
  throw wrongUse(`there are several servers: choose one with --data-dir (${places})`);
}

function hasState(stateDir: string): boolean {
  return existsSync(join(stateDir, 'toehold.db'));
}

/** The token for JSON output, with times as RFC 3339. */
function tokenJson({ id, name, kind, role, createdAt, expiresAt, lastUsedAt, revokedAt }: Token): object {
  const times = { createdAt: time(createdAt), expiresAt: time(expiresAt), lastUsedAt: time(lastUsedAt) };
  return { id, name, kind, role, ...times, ...(revokedAt === null ? {} : { revokedAt: time(revokedAt) }) };
}

function time(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

function print(line: string): void {
  toStdout(`${line}\n`);
}

function printError(line: string): void {
  toStderr(`toehold: ${line}\n`);
}
