import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { auditFindings, findings, type InstalledPackage } from './packages.ts';
import { shippedPlaces } from './shipped.js';

// npm run packages: licenses, hashes, sources and install scripts of all locked packages, then known holes of those
// that an installation needs or that the build contains. Ends with 1 where anything is wrong. A registry that does not tell holes is no failure.
// Looks at the directory that is named as the first argument, else at this repository.

const root = resolve(process.argv[2] ?? join(import.meta.dirname, '..'));
const lock = json('package-lock.json');
const { allowScripts = {}, bundled = [] } = json('package.json');
const found = findings({
  ...{ locked: lock.packages, allowScripts, bundled },
  installed: (path): InstalledPackage | undefined =>
    existsSync(join(root, path, 'package.json')) ? json(join(path, 'package.json')) : undefined,
});
if (existsSync(join(root, 'npm-shrinkwrap.json'))) {
  found.push(
    'npm-shrinkwrap.json was left by an npm pack that was interrupted: remove it, npm prefers it to the lock',
  );
}

const audit = auditFindings(
  // Of all packages: to npm, what the build contains is needed by developers alone.
  spawnSync('npm', ['audit', '--json', '--fetch-retries=0', '--fetch-timeout=20000'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  }).stdout,
  shippedPlaces(lock.packages, bundled),
);
if ('unknown' in audit) console.log(`Known holes were NOT looked up: ${audit.unknown}`);
else found.push(...audit.found);

for (const finding of found) console.error(finding);
const count = Object.keys(lock.packages).length - 1;
console.log(
  `${count} packages, ${found.length || 'no'} findings${'unknown' in audit ? '' : ', known holes included'}.`,
);
process.exitCode = found.length > 0 ? 1 : 0;

function json(path: string) {
  return JSON.parse(readFileSync(join(root, path), 'utf8'));
}
