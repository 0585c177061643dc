// Before `npm pack`: writes npm-shrinkwrap.json, the lock file less what only developers need. `overrides` hold
// for this repository alone; with it whoever installs the package gets the very versions that were tested.
import { readFileSync, writeFileSync } from 'node:fs';

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const { devDependencies: _, ...root } = lock.packages[''];
const packages = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && !dev);
const shrinkwrap = { ...lock, packages: { '': root, ...Object.fromEntries(packages) } };
writeFileSync('npm-shrinkwrap.json', `${JSON.stringify(shrinkwrap, null, 2)}\n`);
