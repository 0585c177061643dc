import { readFileSync } from 'node:fs';
import { type Config, loadConfig } from '../../config.ts';
import { hostVariables, type Variables } from '../../drivers/local/environment.ts';
import { findAppUser } from '../../host/app-user.ts';
import { toehold } from '../own-name.ts';
import { lookUpServer } from '../servers/live-server.ts';
import { type Check, findingsOf } from './finding.ts';

/** Common names of variables that contain secrets. */
const SECRET_NAMES = [
  /^(AWS_(?!(DEFAULT_)?REGION$|CA_BUNDLE$).*|SSH_AUTH_SOCK|DATABASE_URL)$/,
  /(^|_)(TOKEN|(API)?KEY|CREDENTIALS?|PASS|PASSWD)$/,
  /(^|_)SECRET|PASSWORD/,
];
/** An address with a password in it. */
const ADDRESS_WITH_PASSWORD = /^[a-z][a-z0-9+.-]{0,31}:\/\/[^\s/@:]*:[^\s/@]+@/i;

/** Further names are only counted. */
const MOST_TOLD = 20;

/** Names the variables of the server that look like secrets and that apps get. It never shows a value. */
export const environment: Check = {
  name: 'environment',
  async run(config) {
    const { ok, warning } = findingsOf(environment.name);
    const running = await runningConfig(config);
    const { appUser, environment: variables, ownVariables, passEnv } = running ?? config;
    const whose = running ? 'the server' : 'a server that is started from this shell';
    const found = findAppUser(appUser, []);
    // A server with this user does not start.
    if (!found.ok) return [ok(`No app gets variables of ${whose}: ${found.message}`)];
    const { user } = found;
    const names = secretsIn(hostVariables(variables, { own: ownVariables, user, pass: passEnv }));
    if (names.length === 0) return [ok(`Apps get no variable of ${whose} that looks like a secret`)];
    const more = names.length > MOST_TOLD ? ` and ${names.length - MOST_TOLD} more` : '';
    const list = `${names.slice(0, MOST_TOLD).join(', ')}${more}`;
    if (user) return [ok(`Apps get these variables of ${whose}, as TOEHOLD_PASS_ENV says: ${list}`)];
    return [
      warning(
        `Apps get these variables of ${whose}, which look like secrets: ${list}`,
        // NAME stands for the names, because a name can contain characters that a shell would run.
        `Run apps as another user (TOEHOLD_APP_USER), or start the server without them: env -u NAME ${toehold()} serve, or UnsetEnvironment=NAME in a systemd unit`,
      ),
    ];
  },
};

/** The configuration of the running server; null: none runs, or it cannot be read. */
async function runningConfig({ stateDir }: Config): Promise<Config | null> {
  const lookup = await lookUpServer(stateDir, { known: true });
  return lookup.live ? configOf(lookup.server.entry.pid) : null;
}

/** The PATH on which package managers for apps are looked for, without what an app's `.env` says. */
export async function pathOfApps(config: Config): Promise<string | undefined> {
  const { appUser, environment: variables, ownVariables, passEnv } = (await runningConfig(config)) ?? config;
  const found = findAppUser(appUser, []);
  return hostVariables(variables, { own: ownVariables, user: found.ok ? found.user : null, pass: passEnv })
    .PATH;
}

function secretsIn(variables: Variables): string[] {
  const looksSecret = ([name, value = '']: [string, string | undefined]) =>
    value !== '' &&
    (SECRET_NAMES.some((pattern) => pattern.test(name.toUpperCase())) ||
      ADDRESS_WITH_PASSWORD.test(value.slice(0, 1_024)));
  return Object.entries(variables)
    .filter(looksSecret)
    .map(([name]) => name)
    .sort();
}

/** The configuration of a server, from its variables and flags in /proc. Null if this user cannot read them. */
function configOf(pid: number): Config | null {
  try {
    const [environ = [], args = []] = ['environ', 'cmdline'].map((file) =>
      readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0'),
    );
    const env = Object.fromEntries(
      environ
        .filter((entry) => entry.includes('=', 1))
        .map((entry) => {
          const end = entry.indexOf('=', 1);
          return [entry.slice(0, end), entry.slice(end + 1)];
        }),
    );
    const [appUser, passEnv] = [flagIn(args, '--app-user'), flagIn(args, '--pass-env')];
    const flags = { ...(appUser === null ? {} : { appUser }), ...(passEnv === null ? {} : { passEnv }) };
    const loaded = loadConfig({ env, flags });
    return loaded.ok ? loaded.config : null;
  } catch {
    return null;
  }
}

/** The last value of a flag in arguments, or null. */
function flagIn(args: readonly string[], flag: string): string | null {
  const at = args.findLastIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  if (at < 0) return null;
  const arg = args[at] ?? '';
  return arg === flag ? (args[at + 1] ?? null) : arg.slice(flag.length + 1);
}
