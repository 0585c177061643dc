import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeTree } from '../../src/drivers/local/control-groups.ts';
import { createPlatform } from '../../src/drivers/local/platform.ts';

/** After all tests: removes the empty cgroups of servers that tests have killed. Those that somebody lives in stay. */
export function teardown(): void {
  const { controlGroup } = createPlatform();
  if (controlGroup === null) return;
  for (const name of readdirSync(controlGroup)) {
    if (/^toehold-[0-9a-z]+$/.test(name)) removeTree(join(controlGroup, name));
  }
}
