import { readFileSync } from 'node:fs';

export interface AccountFiles {
  readonly passwd: string;
  readonly group: string;
}

const SYSTEM: AccountFiles = { passwd: '/etc/passwd', group: '/etc/group' };

/**
 * Whether a group has no members but the user and root. Debian and Ubuntu give each user such a group and the umask 002,
 * so that the group can write what the user makes. Reads passwd(5) and group(5): a user who is not in them, such as one
 * of a directory service, has no private group here.
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
