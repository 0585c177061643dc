import { expect, test } from 'vitest';
import { logQuery } from '../../schema/log-connection.ts';

test('a text that lines are searched for has a length: a long one can take seconds for each megabyte', () => {
  expect(logQuery({ apps: null }, { contains: 'é'.repeat(125) }).contains).toHaveLength(125);
  expect(() => logQuery({ apps: null }, { contains: 'é'.repeat(126) })).toThrow(
    '"contains" has 252 bytes: look for at most 250',
  );
});
