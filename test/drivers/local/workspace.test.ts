import { describe, expect, test } from 'vitest';
import type { Level, Package } from '../../../src/drivers/local/project.ts';
import { type ManagerKind, rootOf } from '../../../src/drivers/local/workspace.ts';

function level(directory: string, manifest: Package | null = null, ...files: string[]): Level {
  return { directory, manifest, files: new Set(files) };
}

const WEB = level('/repo/packages/web', {});
const NAMES_IT = { workspaces: ['packages/*'] };
const PACKAGES = level('/repo/packages');
const SLASH = level('/');

function root(kind: ManagerKind, ...levels: readonly [Level, ...Level[]]): string {
  const [release, ...above] = levels;
  return rootOf(kind, release, above).directory;
}

describe.each(['npm', 'bun', 'yarn-classic', 'yarn-modern'] as const)('A8: the root, for %s', (kind) => {
  test('is the directory whose workspaces name the release', () => {
    expect(root(kind, WEB, PACKAGES, level('/repo', NAMES_IT), SLASH)).toBe('/repo');
  });

  test('is the release where none does', () => {
    expect(root(kind, WEB, PACKAGES, level('/repo', {}), SLASH)).toBe(WEB.directory);
    expect(root(kind, WEB, PACKAGES, level('/repo', { workspaces: ['libs/*'] }))).toBe(WEB.directory);
    expect(root(kind, WEB, PACKAGES, level('/repo', null, 'pnpm-workspace.yaml'))).toBe(WEB.directory);
  });
});

test('A8: for Yarn 1 the nearest workspaces decide, for others the nearest that name it', () => {
  const levels = [WEB, level('/repo/packages', { workspaces: ['x'] }), level('/repo', NAMES_IT)] as const;
  expect(root('yarn-classic', ...levels)).toBe(WEB.directory);
  expect(root('npm', ...levels)).toBe('/repo');
});

test('A8: for a newer Yarn a yarn.lock of its own makes a release a project', () => {
  const own = level(WEB.directory, {}, 'yarn.lock');
  expect(root('yarn-modern', own, PACKAGES, level('/repo', NAMES_IT))).toBe(WEB.directory);
  expect(root('yarn-classic', own, PACKAGES, level('/repo', NAMES_IT))).toBe('/repo');
});

test('A8: for pnpm it is the nearest directory with a pnpm-workspace.yaml', () => {
  const workspace = level('/repo', {}, 'pnpm-workspace.yaml');
  expect(root('pnpm', WEB, PACKAGES, workspace, SLASH)).toBe('/repo');
  expect(root('pnpm', level(WEB.directory, {}, 'pnpm-workspace.yaml'), PACKAGES, workspace)).toBe(
    WEB.directory,
  );
  expect(root('pnpm', WEB, PACKAGES, level('/repo', NAMES_IT))).toBe(WEB.directory);
});
