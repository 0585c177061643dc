import { execFile } from 'node:child_process';
import { type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { quoted } from '../../host/trust.ts';

/** The account that a system service runs as. */
export interface Account {
  /** Its name or uid, as the person gave it. */
  readonly name: string;
  readonly uid: number;
  /** All of its groups. */
  readonly gids: readonly number[];
}

/** Null: this machine has no such account. */
export async function findAccount(name: string): Promise<Account | null> {
  const id = async (option: string) => (await promisify(execFile)('id', [option, '--', name])).stdout.trim();
  try {
    const [uid, gids] = await Promise.all([id('-u'), id('-G')]);
    return { name, uid: Number(uid), gids: gids.split(/\s+/).map(Number) };
  } catch {
    return null;
  }
}

interface ServiceDirectories {
  readonly dataDir: string;
  readonly stateDir: string;
  readonly appsDir: string;
}

/**
 * Why the account cannot use the directories, by their owners and modes; null: it can. The server reads and writes all of them, and its
 * state directory must be its own. Those that don't exist yet are made by the server.
 */
export function unusableDirectory(
  { dataDir, stateDir, appsDir }: ServiceDirectories,
  account: Account,
): string | null {
  if (account.uid === 0) return null;
  const { name } = account;
  const state = statSync(stateDir, { throwIfNoEntry: false });
  if (state && state.uid !== account.uid)
    return `${stateDir} belongs to uid ${state.uid}, and the server needs it as its own: chown -R ${name} ${quoted(stateDir)}`;
  for (const path of new Set([dataDir, appsDir])) {
    const closed = waysTo(path).find((way) => !may(statSync(way), account, 0o1));
    if (closed !== undefined)
      return `${name} cannot enter ${closed}, which is above ${path}: use another directory, or run chmod +x ${quoted(closed)}`;
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats && !may(stats, account, 0o7)) {
      const mode = (stats.mode & 0o777).toString(8).padStart(3, '0');
      return `${name} cannot write ${path} (owner uid ${stats.uid}, mode ${mode}): chown ${name} ${quoted(path)} && chmod u+rwx ${quoted(path)}`;
    }
  }
  return null;
}

/** The directories above this one that exist, from the root on. */
function waysTo(path: string): string[] {
  const above = dirname(path);
  if (above === path) return [];
  const ways = waysTo(above);
  return statSync(above, { throwIfNoEntry: false }) ? [...ways, above] : ways;
}

/** @param bits what is wanted, as for others: 1 to enter, 7 for everything */
function may({ uid, gid, mode }: Stats, account: Account, bits: number): boolean {
  const shift = uid === account.uid ? 6 : account.gids.includes(gid) ? 3 : 0;
  return ((mode >> shift) & bits) === bits;
}
