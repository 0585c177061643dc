import { expect, it } from 'vitest';
import { isSameFile } from '../../src/core/file-identity.ts';

it('A20: a file is the same by inode and birth, whatever number its device has by now', () => {
  expect(isSameFile('1:2:3', '1:2:3')).toBe(true);
  expect(isSameFile('1:2:3', '9:2:3')).toBe(true);
  expect(isSameFile('1:2:3', '1:4:3')).toBe(false);
  // An inode that was given again.
  expect(isSameFile('1:2:3', '1:2:4')).toBe(false);
});

it('where no system tells a birth, the device counts', () => {
  expect(isSameFile('1:2:0', '1:2:0')).toBe(true);
  expect(isSameFile('1:2:0', '9:2:0')).toBe(false);
});
