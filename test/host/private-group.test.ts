import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isPrivateGroup } from '../../src/host/private-group.ts';

const PASSWD = `root:x:0:0:root:/root:/bin/bash
# a comment
ann:x:1000:1000::/home/ann:/bin/sh
bob:x:1001:1001::/home/bob:/bin/sh
eve:x:1002:100::/home/eve:/bin/sh
`;
const GROUP = `root:x:0:
ann:x:1000:
bob:x:1001:ann
users:x:100:ann
admins:x:200:root,ann
`;

function isPrivate(gid: number, uid: number, passwd = PASSWD, group = GROUP): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'toehold-groups-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const files = { passwd: join(directory, 'passwd'), group: join(directory, 'group') };
  writeFileSync(files.passwd, passwd);
  writeFileSync(files.group, group);
  return isPrivateGroup(gid, uid, files);
}

test.each([
  ['the user’s own, with nobody else in it', 1000, 1000, true],
  ['one of the user and root', 200, 1000, true],
  ['root’s own', 0, 0, true],
  ['another user’s own', 1001, 1000, false],
  ['the user’s own, with another user in it', 1001, 1001, false],
  ['one that is another user’s first group', 100, 1000, false],
  ['one that no file names', 4711, 1000, false],
  ['one of a user whom no file names', 1000, 4711, false],
])('%s: group %i of user %i is private: %s', (_what, gid, uid, expected) => {
  expect(isPrivate(gid, uid)).toBe(expected);
});

test('where the files cannot be read no group is private', () => {
  expect(isPrivateGroup(0, 0, { passwd: '/nowhere/passwd', group: '/nowhere/group' })).toBe(false);
});
