import { access, constants, lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config.ts';
import { reasonOf } from '../../core/errors.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

/** Files in the state directory that only the owner may read. */
const PRIVATE = ['', 'toehold.db', 'token', 'runs', 'server.json'];

/** Who can read and write the state directory, and whether APPS_DIR can be used. */
export const permissions: Check = {
  name: 'permissions',
  async run(config) {
    const { ok, warning, problem } = findingsOf(permissions.name);
    const found: Finding[] = [];
    const uid = process.getuid?.() ?? 0;
    let seen = 0;
    for (const name of PRIVATE) {
      const path = join(config.stateDir, name);
      const stats = await lstat(path).catch(() => null);
      if (!stats) continue;
      seen += 1;
      const open = stats.mode & 0o077;
      if (open !== 0)
        found.push(
          warning(
            `${path} is open to other users (mode ${(stats.mode & 0o777).toString(8)})`,
            `Run chmod go-rwx ${path}`,
          ),
        );
      if (stats.uid !== uid && uid !== 0)
        found.push(
          problem(
            `${path} belongs to another user (uid ${stats.uid})`,
            'Run the server as that user, or change the owner with chown',
          ),
        );
    }
    found.push(...(await appsDirectory(config)));
    if (uid === 0 && config.appUser === null)
      found.push(
        warning(
          'This is root: a server that runs as root runs its apps as root',
          'Run the server as a user, or set TOEHOLD_APP_USER',
        ),
      );
    if (found.length > 0) return found;
    return [
      ok(seen === 0 ? `${config.stateDir} does not exist yet` : `Only its owner can use ${config.stateDir}`),
    ];
  },
};

async function appsDirectory({ appsDir }: Config): Promise<Finding[]> {
  const { problem } = findingsOf('permissions');
  try {
    if (!(await stat(appsDir)).isDirectory())
      return [problem(`APPS_DIR ${appsDir} is not a directory`, 'Set APPS_DIR to another one')];
    await access(appsDir, constants.R_OK | constants.W_OK | constants.X_OK);
    await readdir(appsDir);
    return [];
  } catch (error) {
    return [
      problem(
        `APPS_DIR ${appsDir} cannot be used (${reasonOf(error)})`,
        'Make the directory, give it to this user, or set APPS_DIR to another one',
      ),
    ];
  }
}
