import { readFileSync } from 'node:fs';

export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

const SYSTEM: AccountFiles = { passwd: '/etc/passwd', group: '/etc/group' };

/**
 * Whether nobody but the user and root is in a group. Debian and Ubuntu give each user a group of this kind and the
 * umask 002, so that what the user makes can be written by it. passwd(5) and group(5) are read: a user whom they do not
 * name, such as one of a directory service, has no private group here.
 */
export function isPrivateGroup(gid: number, uid: number, files: AccountFiles = SYSTEM): boolean {
  try {
    const users = linesOf(files.passwd).map(([name, , id, primary]) => ({
      ...{ name, uid: Number(id), gid: Number(primary) },
    }));
    const trusted = users.filter((user) => user.uid === uid || user.uid === 0).map(({ name }) => name);
    const group = linesOf(files.group).find(([, , id]) => Number(id) === gid);
    if (!group || !users.some((user) => user.uid === uid)) return false;
    const members = (group[3] ?? '').split(',').filter((name) => name !== '');
    const primaries = users.filter((user) => user.gid === gid).map(({ name }) => name);
    return [...members, ...primaries].every((name) => trusted.includes(name));
  } catch {
    return false;
  }
}

function linesOf(file: string): string[][] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));
}
