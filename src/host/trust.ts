import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  type Stats,
} from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { reasonOf } from '../core/errors.ts';
import { isPrivateGroup } from './private-group.ts';
import { codeOf, SAFE_OPEN } from './safe-open.ts';

/**
 * Whether a path can be trusted: the path and every directory on the way belong to the caller or to root, and no other
 * user can write there or replace anything there. Like OpenSSH's StrictModes and git's safe.directory.
 */
export type Trust =
  | {
      readonly ok: true;
      /** The real path. While it is trusted, no other user can make it lead elsewhere. */
      readonly path: string;
      /** The owner of what is there. */
      readonly uid: number;
    }
  | Distrust;

export interface Distrust {
  readonly ok: false;
  /** `absent`: nothing has that name; `unreadable`: the system does not let this user see or read it. */
  readonly code: 'absent' | 'unreadable' | 'untrusted';
  /** What is wrong with which path: a sentence without its end. */
  readonly problem: string;
  /** A command or a sentence that says what to do; empty where there is nothing to say. */
  readonly advice: string;
}

const WRITABLE_BY_OTHERS = 0o022;
const WRITABLE_BY_ALL = 0o002;
const READABLE_BY_OTHERS = 0o044;
const STICKY = 0o1000;
const MOST_LINKS = 40;

export function ownUid(): number {
  return process.getuid?.() ?? 0;
}

/** A directory, and the way to it. @param uid the caller's */
export function trustDirectory(path: string, uid: number = ownUid()): Trust {
  const found = walk(path, uid);
  if (!('stats' in found)) return found;
  const { stats, path: real } = found;
  if (!stats.isDirectory()) return untrusted(`${real} is not a directory`, 'Move it away');
  return judged(real, stats, uid);
}

/** A Unix socket, and the way to it: if trusted, the caller or root listens there. */
export function trustSocket(path: string, uid: number = ownUid()): Trust {
  const found = walk(path, uid);
  if (!('stats' in found)) return found;
  const { stats, path: real } = found;
  if (!stats.isSocket()) return untrusted(`${real} is not a socket`, 'Move it away');
  return ownedByOther(real, stats, uid) ?? { ok: true, path: real, uid: stats.uid };
}

export interface ReadOptions {
  /** In bytes. */
  readonly limit: number;
  /** Others may not read it either. */
  readonly secret?: boolean;
  readonly uid?: number;
}

export type TrustedText = { readonly ok: true; readonly text: string } | Distrust;

/** The text of a regular file. Judges the opened file, which cannot be exchanged, not its name. */
export function readTrusted(
  path: string,
  { limit, secret = false, uid = ownUid() }: ReadOptions,
): TrustedText {
  const found = walk(path, uid);
  if (!('stats' in found)) return found;
  let fd: number;
  try {
    fd = openSync(found.path, constants.O_RDONLY | SAFE_OPEN);
  } catch (error) {
    return failed(found.path, error);
  }
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) return untrusted(`${found.path} is not a regular file`, 'Move it away');
    const trust = judged(found.path, stats, uid);
    if (!trust.ok) return trust;
    if (secret && isReadableByOthers(stats))
      return untrusted(
        `${found.path} can be read by others (mode ${modeOf(stats)})`,
        `chmod 600 ${quoted(found.path)}`,
      );
    if (stats.size > limit) return untrusted(`${found.path} has more than ${limit} bytes`, 'Move it away');
    return { ok: true, text: readAll(fd, limit) };
  } catch (error) {
    return failed(found.path, error);
  } finally {
    closeSync(fd);
  }
}

/** The path, quoted for a shell where that is needed. */
export function quoted(path: string): string {
  return /^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

export function modeOf({ mode }: Stats): string {
  return (mode & 0o7777).toString(8);
}

/** Judges what is at a path, not the way to it. */
export function judged(path: string, stats: Stats, uid: number): Trust {
  const problem = ownedByOther(path, stats, uid);
  if (problem) return problem;
  if (stats.mode & WRITABLE_BY_OTHERS) return writable(path, stats);
  return { ok: true, path, uid: stats.uid };
}

/**
 * The real path and what is there. Each directory on the way is judged before anything in it is looked at: from then
 * on only the caller and root can exchange that. A symlink is judged by its owner.
 */
function walk(path: string, uid: number): { readonly path: string; readonly stats: Stats } | Distrust {
  let real: string = sep;
  const names = partsOf(resolve(path));
  try {
    let stats = lstatSync(real);
    for (let links = 0; ; ) {
      const name = names.shift();
      if (name === undefined) return { path: real, stats };
      const problem = onTheWay(real, stats, uid);
      if (problem) return problem;
      const at = name === '..' ? dirname(real) : join(real, name);
      const next = lstatSync(at);
      if (!next.isSymbolicLink()) {
        [real, stats] = [at, next];
        continue;
      }
      const foreign = ownedByOther(at, next, uid);
      if (foreign) return foreign;
      links += 1;
      if (links > MOST_LINKS) return untrusted(`${at} is a symlink that leads to itself`, 'Remove it');
      const target = readlinkSync(at);
      if (target.startsWith(sep)) [real, stats] = [sep, lstatSync(sep)];
      names.unshift(...partsOf(target));
    }
  } catch (error) {
    return failed(path, error);
  }
}

function partsOf(path: string): string[] {
  return path.split(sep).filter((part) => part !== '' && part !== '.');
}

function onTheWay(path: string, stats: Stats, uid: number): Distrust | null {
  if (!stats.isDirectory())
    return { ok: false, code: 'absent', problem: `${path} is not a directory`, advice: '' };
  const problem = ownedByOther(path, stats, uid);
  if (problem) return problem;
  const isSafe =
    // In a sticky directory such as /tmp a user cannot rename or remove what belongs to another user.
    (stats.mode & STICKY) !== 0 ||
    (stats.mode & WRITABLE_BY_OTHERS) === 0 ||
    // With the umask 002 most directories are of this kind. The state directory itself is not: the server makes it 0700.
    ((stats.mode & WRITABLE_BY_ALL) === 0 && isPrivateGroup(stats.gid, uid));
  return isSafe ? null : writable(path, stats);
}

function ownedByOther(path: string, stats: Stats, uid: number): Distrust | null {
  if (stats.uid === uid || stats.uid === 0) return null;
  const advice =
    uid === 0
      ? `Run it as that user (sudo -u '#${stats.uid}'), or take the path over: chown -h root ${quoted(path)}`
      : `Use a place of your own, or have root give it to you: chown -h ${uid} ${quoted(path)}`;
  return untrusted(`${path} belongs to another user (uid ${stats.uid})`, advice);
}

function writable(path: string, stats: Stats): Distrust {
  const who = stats.mode & 0o002 ? 'by everybody' : `by its group (gid ${stats.gid})`;
  return untrusted(`${path} can be written ${who} (mode ${modeOf(stats)})`, `chmod go-w ${quoted(path)}`);
}

/** systemd passes credentials as root:root 0440, where the group's bit is the mask of an ACL. */
function isReadableByOthers(stats: Stats): boolean {
  const credential = stats.uid === 0 && stats.gid === 0 && modeOf(stats) === '440';
  return (stats.mode & READABLE_BY_OTHERS) !== 0 && !credential;
}

function readAll(fd: number, limit: number): string {
  const buffer = Buffer.alloc(limit);
  let length = 0;
  for (;;) {
    const count = readSync(fd, buffer, length, buffer.length - length, length);
    length += count;
    if (count === 0 || length === buffer.length) return buffer.toString('utf8', 0, length);
  }
}

function untrusted(problem: string, advice: string): Distrust {
  return { ok: false, code: 'untrusted', problem, advice };
}

function failed(path: string, error: unknown): Distrust {
  if (['ENOENT', 'ENOTDIR'].includes(codeOf(error)))
    return { ok: false, code: 'absent', problem: `${path} is not there`, advice: '' };
  return {
    ok: false,
    code: 'unreadable',
    problem: `${path} cannot be read (${reasonOf(error)})`,
    advice: '',
  };
}
