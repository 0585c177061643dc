import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { examineDatabase, sqliteVersion } from '../../../db/examine.ts';
import { reasonOf } from '../../core/errors.ts';
import { trustDirectory } from '../../host/trust.ts';
import { type Check, findingsOf } from './finding.ts';

const run = promisify(execFile);

/** The tested versions of Node: `engines` in package.json. */
export const LOWEST_NODE = [20, 19] as const;
export const HIGHEST_NODE = 26;

export const node: Check = {
  name: 'node',
  run() {
    const { ok, warning, problem } = findingsOf(node.name);
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const fits = major > LOWEST_NODE[0] || (major === LOWEST_NODE[0] && minor >= LOWEST_NODE[1]);
    const found = `Node ${process.versions.node} (${process.execPath})`;
    if (major > HIGHEST_NODE)
      return [warning(`${found}, which is not tested`, `Use Node ${HIGHEST_NODE} or older`)];
    return [fits ? ok(found) : problem(found, `Install Node ${LOWEST_NODE.join('.')} or newer`)];
  },
};

export const sqlite: Check = {
  name: 'sqlite',
  run({ stateDir }) {
    const { ok, problem } = findingsOf(sqlite.name);
    let version: string;
    try {
      version = sqliteVersion();
    } catch (error) {
      return [problem(`SQLite cannot be loaded: ${reasonOf(error)}`, 'Run npm rebuild better-sqlite3')];
    }
    const file = join(stateDir, 'toehold.db');
    const trust = trustDirectory(stateDir);
    if (!trust.ok && trust.code === 'untrusted')
      return [problem(`${trust.problem}: ${file} was not opened`, trust.advice)];
    if (!existsSync(file)) return [ok(`SQLite ${version}; ${file} does not exist yet`)];
    const fault = examineDatabase(file);
    return [fault === null ? ok(`SQLite ${version}; ${file} is not damaged`) : problem(fault)];
  },
};

/** The time limit of `--version`, in milliseconds. Corepack can download a program first. */
const PATIENCE = 5_000;

/** The package managers on PATH. */
export const programs: Check = {
  name: 'programs',
  async run() {
    const { ok, warning } = findingsOf(programs.name);
    const found: string[] = [];
    const missing: string[] = [];
    for (const program of ['npm', 'bun', 'pnpm', 'yarn']) {
      const version = await run(program, ['--version'], { timeout: PATIENCE, killSignal: 'SIGKILL' }).then(
        ({ stdout }) => stdout.trim(),
        () => null,
      );
      if (version !== null) found.push(`${program} ${version}`);
      else if (program === 'npm') missing.push(program);
    }
    return missing.length === 0
      ? [ok(`On PATH: ${found.join(', ')}`)]
      : [
          warning(
            'npm is not on PATH',
            'Apps with dependencies and no other lock file cannot be installed: put npm on PATH',
          ),
        ];
  },
};
