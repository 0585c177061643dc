import { readdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { appsDown, grantedRoles } from '../../../db/examine.ts';
import type { AppObservation } from '../../contracts/discovery.ts';
import { isAppName, likeName } from '../../core/app.ts';
import { accessWarning, allowedRole, requestedRole } from '../../core/app-access.ts';
import { strayTexts } from '../../core/stray-texts.ts';
import { AppDirectories } from '../../discovery/app-directories.ts';
import { lacksManager } from '../../drivers/local/install-plan.ts';
import { createSystemClock } from '../../drivers/system-clock.ts';
import { findAppUser } from '../../host/app-user.ts';
import { type ReadFile, readWithin } from '../../host/safe-read.ts';
import { interruptedAdoption } from '../adopt/adopt-folder.ts';
import { toehold } from '../own-name.ts';
import { pathOfApps } from './environment.ts';
import { type Check, type Finding, findingsOf } from './finding.ts';

/** A shell that opens these truncates the file of its output. */
const REOPENS = /[^>&\w]>\s*\/dev\/(stdout|stderr)\b|^>\s*\/dev\/(stdout|stderr)\b/m;
/** Larger scripts are not read. Bytes. */
const LARGEST_SCRIPT = 256 * 1024;

/** Directories that are no apps, apps that cannot start, apps that are wanted and don't run, apps that ask for more access than they get, and apps whose shell scripts truncate their own log. */
export const apps: Check = {
  name: 'apps',
  async run(config) {
    const { appsDir, stateDir, appApi, allowOutside, appUser } = config;
    const { ok, warning, problem } = findingsOf(apps.name);
    const entries = await readdir(appsDir).catch(() => []);
    const names = entries.filter((name) => !name.startsWith('.'));
    const runs = findAppUser(appUser, []);
    const user = runs.ok ? runs.user : null;
    const within = allowOutside ? null : await realpath(appsDir).catch(() => appsDir);
    const files = new AppDirectories({ appsDir, allowOutside, user, clock: createSystemClock() });
    const grants = grantedRoles(join(stateDir, 'toehold.db'));
    const down = appsDown(join(stateDir, 'toehold.db'));
    // A file can have become something else since it was listed, such as a pipe or a link to a file of root.
    const read = (path: string) =>
      readWithin(path, LARGEST_SCRIPT, within, user && { user, places: [appsDir, dirname(path)] });
    const path = await pathOfApps(config);
    const found: Finding[] = [];
    let count = 0;
    for (const entry of entries) {
      const name = interruptedAdoption(entry);
      if (name !== null && !names.includes(name))
        found.push(
          problem(
            `The adoption of ${name} was interrupted: it is in ${join(appsDir, entry)}`,
            `Run ${toehold()} adopt ${name}`,
          ),
        );
    }
    for (const name of names.sort()) {
      const app = await files.look(name);
      if (!app) {
        const stray = await files.stray(name);
        if (stray) {
          const { found: what, advice } = strayTexts(stray, toehold());
          found.push(warning(`${name} ${what}`, advice));
        }
        continue;
      }
      count += 1;
      const { manifest, directory, lostTarget } = app;
      if (!manifest.ok) {
        const why =
          lostTarget === null ? '' : `, because current leads to ${lostTarget}, which does not exist`;
        found.push(problem(`${name} cannot start: ${manifest.error}${why}`, howToFix(appsDir, app)));
        continue;
      }
      const error = down.get(name);
      if (error !== undefined)
        found.push(
          warning(
            `${name} is wanted and does not run: ${error}`,
            `See ${toehold()} logs ${name}; ${toehold()} start ${name}`,
          ),
        );
      const reader = directory === null || !user ? null : { user, places: [appsDir, directory] };
      const lacks =
        manifest.manifest.install && directory !== null
          ? await lacksManager(directory, { ...(path === undefined ? {} : { path }), within, reader }).catch(
              () => null,
            )
          : null;
      if (lacks !== null) found.push(warning(`${name} cannot be installed: ${lacks}`));
      const requested = requestedRole(manifest.manifest);
      const granted = grants.get(name) ?? null;
      const allowed = allowedRole(requested, granted, appApi);
      const access = accessWarning(name, { requested, granted, allowed, effective: null }, toehold());
      if (access !== null) found.push(warning(`${name}: ${access}`));
      for (const script of await scriptsOf(directory, manifest.manifest.script, read)) {
        if (REOPENS.test(script.text))
          found.push(
            warning(
              `${name} opens /dev/stdout or /dev/stderr by name in ${script.name}, which truncates its log`,
              'Write >&1 or >&2 there',
            ),
          );
      }
    }
    return found.length > 0 ? found : [ok(`${count} apps in ${appsDir}, and all of them can start`)];
  },
};

function howToFix(appsDir: string, { name, lostTarget }: AppObservation): string {
  const like = likeName(name);
  if (!isAppName(name))
    return `Rename the directory in ${appsDir}${like === null ? '' : `, for example to ${like}`}`;
  return lostTarget === null
    ? `Fix ${join(appsDir, name, 'current/package.json')}`
    : `Point ${join(appsDir, name, 'current')} to a release that exists`;
}

/** `scripts.toes`, and the shell scripts beside package.json. */
async function scriptsOf(
  directory: string | null,
  line: string,
  read: (path: string) => Promise<ReadFile | null>,
): Promise<{ name: string; text: string }[]> {
  const scripts = [{ name: 'scripts.toes', text: line }];
  if (directory === null) return scripts;
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isFile() || !/\.(sh|bash)$/.test(entry.name)) continue;
    const file = await read(join(directory, entry.name)).catch(() => null);
    if (file) scripts.push({ name: entry.name, text: file.bytes.toString() });
  }
  return scripts;
}
