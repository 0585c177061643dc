import { expect, test } from 'vitest';
import { openTemporary } from '../support.ts';

test('A8: the key of the last installation is kept per directory', () => {
  const { installs } = openTemporary();
  expect(installs.get('/a')).toBeNull();
  installs.set('/a', 'one', 1);
  installs.set('/b', 'two', 2);
  installs.set('/a', 'three', 3);
  expect(installs.get('/a')).toBe('three');
  installs.forget('/a');
  expect(installs.get('/a')).toBeNull();
  expect(installs.get('/b')).toBe('two');
});
