import { expect, test } from 'vitest';
import { similar } from '../../../src/cli/commands/app-refs.ts';

const NAMES = ['hello', 'help-desk', 'status', 'web', 'worker', 'api'];

test.each([
  ['helo', ['hello']],
  ['hlelo', ['hello']],
  ['stats', ['status']],
  ['wbe', ['web']],
  ['hel', ['hello', 'help-desk']],
  ['zebra-crossing', []],
  ['', []],
])('%s is similar to %j', (typed, meant) => {
  expect(similar(typed, NAMES)).toEqual(meant);
});
