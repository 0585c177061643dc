import { expect, test } from 'vitest';
import { namesWorkspace } from '../../src/core/workspace-globs.ts';

test.each([
  [['packages/*'], 'packages/web', true],
  [['packages/*'], 'packages/web/deep', false],
  [['packages/*'], 'packages', false],
  [['packages/**'], 'packages/web/deep', true],
  [['**'], 'any/where', true],
  [['./packages/web/'], 'packages/web', true],
  [['apps/*/current'], 'apps/blog/current', true],
  [['{apps,libs}/*'], 'libs/x', true],
  [['{apps,libs}/*'], 'others/x', false],
  [['app-?'], 'app-1', true],
  [['app-[a-c]'], 'app-b', true],
  [['app-[!a-c]'], 'app-b', false],
  [['*'], '.hidden', false],
  [['**'], 'node_modules/x', false],
  [['**'], '../x', false],
  [['packages/*', '!packages/old'], 'packages/old', false],
  [['packages/*', '!packages/old', 'packages/o*'], 'packages/old', true],
  [['!packages/old'], 'packages/old', false],
  [{ packages: ['packages/*'], nohoist: ['x'] }, 'packages/web', true],
  ['packages/*', 'packages/web', false],
  [[17, null, 'packages/*'], 'packages/web', true],
  [null, 'packages/web', false],
  [undefined, 'packages/web', false],
])('the workspaces %j name %s: %s', (workspaces, path, named) => {
  expect(namesWorkspace(workspaces, path)).toBe(named);
});

test('no pattern takes for ever', () => {
  const hostile = [
    'a*'.repeat(400),
    '*/'.repeat(400),
    '**/'.repeat(300),
    '{a,b}'.repeat(150),
    '[a-'.repeat(300),
  ];
  const path = `${'a'.repeat(200)}/`.repeat(20);
  for (const pattern of hostile) expect(namesWorkspace(Array(100).fill(`${pattern}!`), path)).toBe(false);
});
