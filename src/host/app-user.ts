import { execFileSync } from 'node:child_process';
import { accessSync, constants, lstatSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The unprivileged user as whom a control plane of root's runs the apps (TOEHOLD_APP_USER). */
export interface AppUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  /** Its supplementary groups, less `gid`. */
  readonly groups: readonly number[];
  /** The program that can give supplementary groups; null where there are none to give. */
  readonly setpriv: string | null;
}

export type FoundAppUser =
  | {
      readonly ok: true;
      /** Null: apps run as the user of the control plane. */
      readonly user: AppUser | null;
      /** A sentence for the person who started it. */
      readonly warning: string | null;
    }
  | { readonly ok: false; readonly message: string };

/** Where programs of the system are looked for. Not in the PATH of the environment, because they run as root. */
const SYSTEM_PATH = ['/usr/sbin', '/usr/bin', '/sbin', '/bin'];

const STICKY = 0o1000;

export const ROOT_WARNING =
  'Apps run as root, and may do everything on this machine: run toehold as a user, or set TOEHOLD_APP_USER to the user who is to run them';

/**
 * The user as whom apps run.
 * @param setting a user's name or uid: TOEHOLD_APP_USER. Null where it is not set.
 * @param paths what root reads and trusts, absolute: the state directory, the file of the first token. They need not
 * exist yet.
 */
export function findAppUser(
  setting: string | null,
  paths: readonly string[],
  isRoot = process.getuid?.() === 0,
): FoundAppUser {
  if (setting === null) return { ok: true, user: null, warning: isRoot ? ROOT_WARNING : null };
  const refuse = (why: string): FoundAppUser => ({
    ok: false,
    message: `TOEHOLD_APP_USER is ${JSON.stringify(setting.slice(0, 64))}: ${why}`,
  });
  if (!isRoot) {
    return refuse('only root can run apps as another user; unset it, and apps run as you');
  }
  const user = lookUp(setting);
  if (user === null) return refuse('there is no such user; it takes the name or the uid of one');
  if (user.uid === 0) return refuse('that is root; name a user who may do no more than the apps need');
  if (user.groups.length > 0 && user.setpriv === null) {
    return refuse('its supplementary groups need the program setpriv (util-linux), which is not there');
  }
  for (const path of paths) {
    const open = writableOnTheWay(user, path);
    if (open === null) continue;
    return refuse(
      `${user.name} can write ${open}, and with it could replace ${path}, which root reads; set DATA_DIR (or TOEHOLD_TOKEN_FILE) to a place of root's, and APPS_DIR to where the apps are`,
    );
  }
  return { ok: true, user, warning: null };
}

/** Null where the system has no user of that name or number. */
function lookUp(setting: string): AppUser | null {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/.test(setting)) return null;
  const [name, , uid, gid, , home, shell] = systemSays('getent', ['passwd', setting]).split(':');
  if (!name || !uid || !gid || !isId(uid) || !isId(gid)) return null;
  const groups = systemSays('id', ['-G', name])
    .split(/\s+/)
    .filter((group) => isId(group) && group !== gid)
    .map(Number);
  return {
    ...{ name, uid: Number(uid), gid: Number(gid), home: home || '/', shell: shell || '/bin/sh', groups },
    setpriv: groups.length === 0 ? null : systemProgram('setpriv'),
  };
}

function isId(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}

function systemSays(name: string, args: readonly string[]): string {
  const program = systemProgram(name);
  if (program === null) return '';
  try {
    const env = { PATH: SYSTEM_PATH.join(':') };
    return execFileSync(program, args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

/** The absolute path of a program of the system; null where it is not installed. */
export function systemProgram(name: string): string | null {
  for (const directory of SYSTEM_PATH) {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return join(directory, name);
    } catch {
      // The next one may have it.
    }
  }
  return null;
}

/** The first directory on the way to a path, or the path itself, in which the user could replace something. */
function writableOnTheWay(user: AppUser, target: string): string | null {
  const lexical = ancestorsOf(target);
  const there = lexical.findLast((path) => statSync(path, { throwIfNoEntry: false }));
  const real = there === undefined ? [] : ancestorsOf(realpathSync(there));
  return [...lexical, ...real].find((path) => mayReplaceIn(user, path, path !== target)) ?? null;
}

/** From `/` down to the path itself. */
function ancestorsOf(path: string): string[] {
  return path === dirname(path) ? [path] : [...ancestorsOf(dirname(path)), path];
}

/** @param sticky a sticky directory counts as safe: users cannot move there what belongs to others. */
function mayReplaceIn(user: AppUser, path: string, sticky: boolean): boolean {
  const link = lstatSync(path, { throwIfNoEntry: false });
  const stats = statSync(path, { throwIfNoEntry: false });
  if (link?.uid === user.uid || stats?.uid === user.uid) return true;
  if (!stats || (sticky && stats.mode & STICKY)) return false;
  const inGroup = stats.gid === user.gid || user.groups.includes(stats.gid);
  return (stats.mode & (inGroup ? 0o022 : 0o002)) !== 0;
}
