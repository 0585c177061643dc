import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openAccessStores } from '../../../db/index.ts';
import { openTemporary, temporaryDirectory } from '../support.ts';

test('the latest time stays, whichever process kept it', () => {
  const directory = temporaryDirectory();
  const { time } = openTemporary(join(directory, 'toehold.db'));
  expect(time.kept()).toBeNull();
  time.keep(1_000);
  const beside = openAccessStores(directory);
  beside.time.keep(3_000);
  beside.close();
  time.keep(2_000);
  expect(time.kept()).toBe(3_000);
});
