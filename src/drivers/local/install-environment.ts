import { MARK_VARIABLE } from '../../core/run.ts';
import { DEFAULT_PATH } from '../../host/shell.ts';

type Variables = Readonly<Record<string, string>>;

/**
 * What package managers, Node and git read when they install: taken from an app's `.env`, too. PATH says which
 * node, and which package manager.
 */
const READ = new RegExp(
  `^(${[
    ...[
      'npm_config_.*',
      'pnpm_config_.*',
      'pnpm_home',
      'yarn_.*',
      'bun_config_.*',
      'bun_install.*',
      'corepack_.*',
    ],
    ...['https?_proxy', 'all_proxy', 'no_proxy', 'node_extra_ca_certs', 'ssl_cert_(file|dir)'],
    ...['git_ssh.*', 'ssh_auth_sock', 'path', 'home', 'tmpdir'],
  ].join('|')})$`,
  'i',
);
/** These decide how an app runs. An installation must not depend on them. */
const OF_RUNNING = new Set(['NODE_ENV', 'NODE_OPTIONS']);

interface InstallVariables {
  /** The host's, as installations may see them. */
  readonly host: Variables;
  /** The app's own, of its `.env` files. */
  readonly app: Variables;
  /** Names that the package manager's configuration takes from the environment, as `${NPM_TOKEN}` in `.npmrc`. */
  readonly named: readonly string[];
  readonly mark: string;
}

/** The environment of an installation (docs/behavior.md A10): nothing of the run but its mark, by which its processes are known. */
export function installEnvironment({ host, app, named, mark }: InstallVariables): Record<string, string> {
  const configured = new Set(named);
  const taken = Object.entries(app).filter(
    ([name]) => (READ.test(name) || configured.has(name)) && !OF_RUNNING.has(name),
  );
  return {
    PATH: DEFAULT_PATH,
    // No person is there to answer, and package.json belongs to the app.
    COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
    COREPACK_ENABLE_AUTO_PIN: '0',
    ...host,
    ...Object.fromEntries(taken),
    CI: '1',
    [MARK_VARIABLE]: mark,
  };
}

/** The names that a configuration file takes from the environment: `${NAME}`, `${NAME-default}`, `${NAME?}`, `$NAME`. */
export function namesIn(configuration: string): string[] {
  return [...new Set(Array.from(configuration.matchAll(/\$\{?([A-Za-z_]\w*)/g), ([, name = '']) => name))];
}
