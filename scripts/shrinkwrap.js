// Writes npm-shrinkwrap.json for `npm pack` and `npm publish`: package-lock.json without what only developers need. Who
// installs the published package gets exactly the versions and hashes that were tested here. It names no registry, so
// that each installation asks its own.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
const packages = {};
for (const [path, { resolved: _, ...entry }] of Object.entries(lock.packages)) {
  if (path === '') delete entry.devDependencies;
  if (!entry.dev && !entry.devOptional) packages[path] = entry;
}
writeFileSync(join(root, 'npm-shrinkwrap.json'), `${JSON.stringify({ ...lock, packages }, null, 2)}\n`);
