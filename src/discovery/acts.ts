import { lstat, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Act, ActError, actAs } from '../host/act-as.ts';
import type { AppUser } from '../host/app-user.ts';
import { mayExchangeInAny } from '../host/exchangeable.ts';
import { type FileForm, replaceFile, replaceWith, syncDirectory } from '../host/files.ts';

/** Changes of apps' files. Every method throws an error with a sentence, or the system's error. */
export interface Acts {
  /** The changes are made as the apps' user, whose other processes could exchange the files meanwhile. */
  readonly asUser: boolean;
  /** Never replaces anything but an empty directory. */
  rename(from: string, to: string): Promise<void>;
  makeDirectory(path: string, mode: number): Promise<void>;
  /** Points a symlink at the target in one step; at no moment is there none. */
  point(path: string, temporary: string, target: string): Promise<void>;
  /** Puts a file's new content in its place in one step. */
  replace(path: string, temporary: string, text: string, form: FileForm): Promise<void>;
  /** Removes a file or a symlink, if there is one. */
  remove(path: string): Promise<void>;
}

/**
 * Chooses who makes changes in these directories. Where apps run as another user, and that user could exchange what is
 * in one of them or on the way to it, a process of that user makes them; otherwise this process does.
 * @param user null where apps run as the user of this process.
 * @param within the real directory that a replaced file must lie in; null where it may lie anywhere.
 */
export async function actsIn(
  user: AppUser | null,
  directories: readonly string[],
  within: string | null = null,
): Promise<Acts> {
  return user && (await mayExchangeInAny(user, directories)) ? actsOf(user) : ownActs(within);
}

function ownActs(within: string | null): Acts {
  return {
    asUser: false,
    async rename(from, to) {
      await rename(from, to);
      for (const directory of new Set([dirname(to), dirname(from)])) await syncDirectory(directory);
    },
    async makeDirectory(path, mode) {
      await mkdir(path, { mode });
    },
    async point(path, temporary, target) {
      await replaceWith(path, temporary, () => symlink(target, temporary));
    },
    replace: (path, temporary, text, form) => replaceFile(path, text, { ...form, temporary, within }),
    remove: (path) => rm(path, { force: true }),
  };
}

function actsOf(user: AppUser): Acts {
  const act = (what: Act): Promise<void> =>
    actAs(user, what).catch(async (error) => {
      throw await explained(user, what, error);
    });
  return {
    asUser: true,
    rename: (from, to) => act({ act: 'rename', from, to }),
    makeDirectory: (path, mode) => act({ act: 'makeDirectory', path, mode }),
    point: (path, temporary, target) => act({ act: 'point', path, temporary, target }),
    replace: (path, temporary, text, { mode, owner }) =>
      act({ act: 'replace', path, temporary, text, mode, gid: owner?.gid ?? null }),
    remove: (path) => act({ act: 'remove', path }),
  };
}

/** A refusal names the user, and the directories of other owners. */
async function explained(user: AppUser, act: Act, error: unknown): Promise<unknown> {
  if (!(error instanceof ActError) || !['EACCES', 'EPERM'].includes(error.code)) return error;
  const paths = 'from' in act ? [act.from, act.to] : 'path' in act ? [act.path] : [];
  const places = [...new Set(paths.map((path) => dirname(path)))];
  const others = [];
  for (const place of places)
    if ((await lstat(place).catch(() => null))?.uid !== user.uid) others.push(place);
  const where = (others.length > 0 ? others : places).join(' and ');
  const message = `${user.name}, as whom apps run (TOEHOLD_APP_USER), may not change what is in ${where}: give it to that user (chown -R)`;
  return new ActError(error.code, message);
}
