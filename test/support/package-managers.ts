import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, lstat, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const LOCKED = join(ROOT, 'test/fixtures/package-managers');
/** What the package `bun` calls it on every system. */
const BUN = join(ROOT, 'node_modules/bun/bin/bun.exe');
const SYSTEM = `${dirname(process.execPath)}:/usr/bin:/bin`;

/** Each in a directory of its own: the command's name, and the program in the package. */
const PROGRAMS = {
  pnpm9: ['pnpm', 'bin/pnpm.cjs'],
  pnpm10: ['pnpm', 'bin/pnpm.cjs'],
  yarn1: ['yarn', 'bin/yarn.js'],
  yarn4: ['yarn', 'bin/yarn.js'],
} as const;

export type RealManager = keyof typeof PROGRAMS | 'npm' | 'bun';

/**
 * Real package managers, for each the PATH on which it is the only one besides npm. They are downloaded from npm's registry once, with
 * the hashes of test/fixtures/package-managers/package-lock.json, and stay in the system's directory for temporary files.
 */
export async function packageManagers(): Promise<(manager: RealManager) => string> {
  const place = await placeOfThem();
  return (manager) => (manager === 'npm' ? SYSTEM : `${join(place, 'bin', manager)}:${SYSTEM}`);
}

async function placeOfThem(): Promise<string> {
  const lock = await readFile(join(LOCKED, 'package-lock.json'));
  const version = createHash('sha256').update(lock).update(BUN).digest('hex').slice(0, 16);
  const uid = process.getuid?.() ?? 0;
  const place = join(tmpdir(), `toehold-package-managers-${uid}-${version}`);
  const there = await lstat(place).catch(() => null);
  if (there && (there.uid !== uid || !there.isDirectory() || there.mode & 0o022))
    throw new Error(`${place} is another user's, or others may write to it: remove it`);
  if (!there) await install(place);
  return place;
}

/** Beside it first: another worker may do the same, and a cut off installation must not be taken for a whole one. */
async function install(place: string): Promise<void> {
  const beside = await mkdtemp(`${place}-`);
  try {
    await cp(LOCKED, beside, { recursive: true });
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund'];
    await promisify(execFile)('npm', ['ci', ...flags], { cwd: beside });
    for (const [manager, [command, program]] of Object.entries(PROGRAMS)) {
      await mkdir(join(beside, 'bin', manager), { recursive: true });
      const target = join(place, 'node_modules', manager, program);
      await symlink(target, join(beside, 'bin', manager, command));
    }
    await mkdir(join(beside, 'bin/bun'));
    await writeFile(join(beside, 'bin/bun/bun'), `#!/bin/sh\nexec '${BUN}' "$@"\n`, { mode: 0o755 });
    await rename(beside, place).catch(async (error) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}
