import { expect, test } from 'vitest';
import { similar } from '../../../src/cli/commands/similar.ts';

const NAMES = ['hello', 'help-desk', 'status', 'web', 'worker', 'api'];

test.each([
  ['helo', ['hello']],
  ['hlelo', ['hello']],
  ['stats', ['status']],
  ['wbe', ['web']],
  ['hel', ['hello', 'help-desk']],
  ['zebra-crossing', []],
  ['', []],
])('%s may have been meant for %j', (typed, meant) => {
  expect(similar(typed, NAMES)).toEqual(meant);
});
