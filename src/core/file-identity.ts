/**
 * Which file or directory, among all that there are or were on this machine: `device:inode:birth`. It survives a rename.
 * A birth of 0 is not known.
 */
export type FileIdentity = string;

/**
 * Whether two looks saw the same file. Devices get other numbers when the machine or a mount starts anew, so they are
 * compared only where nothing else distinguishes two files of one inode number.
 */
export function isSameFile(one: FileIdentity, other: FileIdentity): boolean {
  const [device, inode, birth] = one.split(':');
  const [otherDevice, otherInode, otherBirth] = other.split(':');
  if (inode !== otherInode || birth !== otherBirth) return false;
  return birth !== '0' || device === otherDevice;
}
