import { delimiter, dirname, join } from 'node:path';

type Variables = Readonly<Record<string, string | undefined>>;

/** What `npm start`, `npx`, `pnpm run`, `yarn` or `bun run` add to the environment and PATH of what they start. */
interface ScriptRunner {
  /** Whether it may have set this variable. */
  readonly sets: (name: string) => boolean;
  /** Of the variables that it may have set: whether this one configures package managers, and may be the host's own. */
  readonly passesOn: (name: string, value: string) => boolean;
  readonly cleaned: (path: string) => string;
}

/** Options that it computes for each script. They hold its own directories, or nothing that a person chose. */
const COMPUTED = new Set([
  ...['_jsr_registry', 'allow_scripts', 'frozen_lockfile', 'global_prefix', 'globalconfig', 'init_module'],
  ...['local_prefix', 'node_gyp', 'npm_globalconfig', 'npm_version', 'prefix', 'user_agent'],
  'verify_deps_before_run',
]);
const OPTION = 'npm_config_';

/**
 * The package manager that runs this process as a script; null where none does. Then every `npm_*` variable is the
 * host's own. A variable such as npm_config_registry alone does not say that one does.
 */
export function scriptRunnerOf(host: Variables): ScriptRunner | null {
  if (host.npm_lifecycle_event === undefined) return null;
  // Yarn 1 overwrites the host's options with its own defaults.
  const overwrites = host.npm_config_argv !== undefined;
  const added = addedDirectories(host);
  return {
    sets: (name) => name.startsWith('npm_') || name === 'INIT_CWD' || name === 'PNPM_SCRIPT_SRC_DIR',
    passesOn: (name, value) =>
      name.startsWith(OPTION) && value !== '' && !overwrites && !COMPUTED.has(name.slice(OPTION.length)),
    cleaned: (path) =>
      path
        .split(delimiter)
        .filter((entry) => !added.has(entry.replace(/\/$/, '')) && !OWN_DIRECTORY.test(entry))
        .join(delimiter),
  };
}

/** Wherever the package manager itself lies, and the temporary directories of Yarn and npx. */
const OWN_DIRECTORY = /\/node-gyp-bin\/?$|\/yarn--\d|\/_npx\/[^/]+\/node_modules\/\.bin\/?$/;

/** The `node_modules/.bin` of the script's package, and of every directory above it. */
function addedDirectories(host: Variables): ReadonlySet<string> {
  const packages = [
    host.npm_package_json === undefined ? [] : dirname(host.npm_package_json),
    host.npm_config_local_prefix ?? [],
    host.PNPM_SCRIPT_SRC_DIR ?? [],
    host.INIT_CWD ?? [],
  ].flat();
  const added = new Set<string>();
  for (const directory of packages) {
    for (let above = directory, below = ''; above !== below; below = above, above = dirname(above))
      added.add(join(above, 'node_modules', '.bin'));
  }
  return added;
}
