import { relative } from 'node:path';
import { namesWorkspace } from '../../core/workspace-globs.ts';
import type { Level } from './project.ts';

/** Yarn 1 and what came after it have little but their name and their lock file's in common. */
export type ManagerKind = 'npm' | 'bun' | 'pnpm' | 'yarn-classic' | 'yarn-modern';

/**
 * The directory whose lock file and configuration an installation of the release goes by, as each package manager
 * finds it: the release itself, or the root of the workspace that it is a member of.
 * @param release the release, and
 * @param above all directories above it, the nearest first.
 */
export function rootOf(kind: ManagerKind, release: Level, above: readonly Level[]): Level {
  switch (kind) {
    case 'pnpm':
      // Whether or not it names the release: pnpm then installs what it does name.
      return [release, ...above].find(({ files }) => files.has('pnpm-workspace.yaml')) ?? release;
    case 'npm':
    case 'bun':
      return workspaceAround(release, above) ?? release;
    case 'yarn-modern':
      return release.files.has('yarn.lock') ? release : (workspaceAround(release, above) ?? release);
    case 'yarn-classic': {
      const nearest = above.find(({ manifest }) => manifest?.workspaces !== undefined);
      return nearest && names(nearest, release) ? nearest : release;
    }
  }
}

/** The nearest directory above whose package.json names the release as a workspace. */
export function workspaceAround(release: Level, above: readonly Level[]): Level | null {
  return above.find((level) => names(level, release)) ?? null;
}

function names({ directory, manifest }: Level, release: Level): boolean {
  return namesWorkspace(manifest?.workspaces, relative(directory, release.directory));
}
