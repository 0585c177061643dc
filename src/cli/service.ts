import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { SETTINGS, type SettingKey } from '../config/settings.ts';
import { type Config, configHome, loadConfig } from '../config.ts';
import { hostVariables } from '../drivers/local/environment.ts';
import { ownFile } from '../host/own-files.ts';
import { ownUid, quoted } from '../host/trust.ts';
import { toehold } from './own-name.ts';
import { lookUpServer } from './servers/live-server.ts';
import { type Account, findAccount, unusableDirectory } from './service/account.ts';
import { launchdPlan } from './service/launchd.ts';
import {
  installService,
  type NeededDirectory,
  type Report,
  removeService,
  type ServicePlan,
  type ServiceSpec,
} from './service/plan.ts';
import { systemdPlan } from './service/systemd.ts';
import { unwritableValue } from './service/values.ts';
import { settingsFlags, settingsOptions } from './settings-options.ts';
import { toStderr, toStdout } from './terminal/sink.ts';

interface ServiceOptions extends Readonly<Record<string, unknown>> {
  readonly system?: boolean;
  readonly user?: boolean;
  readonly userName?: string;
  readonly print?: boolean;
  readonly json?: boolean;
}

const INSTALL_HELP = `
Writes a systemd unit (Linux) or a launchd property list (macOS), starts it now and at each boot, and prints
what it did. For root it is a unit of the system, for others one of their own; --system and --user choose.
It checks first whether that can succeed, and undoes what it did if a step fails.

Apps outlive the service: it restarts the server, never the apps. To end the apps too, stop the service,
then run toehold serve by hand and press Ctrl-C. After toehold shutdown --stop alone, the service starts the
server again, and the server starts its apps.

The service gets the settings of toehold serve from the flags, and from the variables that are set now.

Examples:
  toehold service install --data-dir /srv/toehold --port 3000
  sudo toehold service install --user-name toehold --data-dir /srv/toehold
  toehold service install --print`;

/** `toehold service install | uninstall`. */
export function serviceCommand(): Command {
  const scope = () => [
    new Option('--system', 'For the whole machine, from boot on (needs root). The default for root.'),
    new Option('--user', 'For this user. The default for all but root.'),
    new Option('--user-name <name>', 'With a system unit: the account that runs the server.'),
  ];
  const install = new Command('install')
    .description('Makes the service manager of this machine run the server.')
    .option('--print', 'Only print the file.')
    .option('--json', 'Print {"path","text","done"}.')
    .addHelpText('after', INSTALL_HELP)
    .action(async (options: ServiceOptions) => {
      process.exitCode = await installs(options);
    });
  for (const option of [...scope(), ...settingsOptions()]) install.addOption(option);
  const uninstall = new Command('uninstall')
    .description('Ends the service and removes its file. The apps keep running.')
    .option('--json', 'Print {"path","done"}.')
    .addHelpText('after', '\nExample:\n  toehold service uninstall')
    .action(async (options: ServiceOptions) => {
      process.exitCode = await uninstalls(options);
    });
  for (const option of scope()) uninstall.addOption(option);
  return new Command('service')
    .description('Runs the server as a service of this machine (systemd, launchd).')
    .addCommand(install)
    .addCommand(uninstall);
}

function reporter({ json }: ServiceOptions): Report {
  return { done: json ? () => {} : say, failed: complain };
}

function say(line: string): void {
  toStdout(`${line}\n`);
}

function complain(line: string): void {
  toStderr(`${line}\n`);
}

/** @returns the exit code for wrong use */
function refuse(why: string): number {
  complain(why);
  return 2;
}

async function installs(options: ServiceOptions): Promise<number> {
  const flags = settingsFlags(options);
  const loaded = loadConfig({ flags });
  if (!loaded.ok) return refuse(loaded.message);
  const { config } = loaded;
  const wrong = wrongScope(options) ?? wrongUserName(options);
  if (wrong !== null) return refuse(wrong);
  const { userName } = options;
  const account = userName === undefined ? null : await findAccount(userName);
  if (userName !== undefined && account === null)
    return refuse(`--user-name is ${userName}: there is no such account on this machine`);
  const spec = specOf(config, flags, options);
  const unwritable = unwritableValue(spec);
  if (unwritable !== null) return refuse(`toehold: ${unwritable}. Nothing was changed.`);
  const plan = planOf(spec, options, join(config.stateDir, 'server.log'));
  if (options.print) {
    toStdout(plan.text);
    return 0;
  }
  const problem = await problemWith(config, plan, { options, account });
  if (problem !== null) {
    complain(`${problem}. Nothing was changed.`);
    return 1;
  }
  const done = await installService(plan, directoriesOf(config, options), reporter(options));
  if (options.json) say(JSON.stringify({ path: plan.path, text: plan.text, done }));
  return done ? 0 : 1;
}

async function uninstalls(options: ServiceOptions): Promise<number> {
  const wrong = wrongScope(options);
  if (wrong !== null) return refuse(wrong);
  const plan = planOf(NO_SPEC, options, '');
  const done = await removeService(plan, reporter(options));
  const other = otherPlace(options);
  if (!done && !existsSync(plan.path) && existsSync(other.path))
    complain(`There is ${other.path}: add ${other.option} to remove it`);
  if (options.json) say(JSON.stringify({ path: plan.path, done }));
  return done ? 0 : 1;
}

const NO_SPEC: ServiceSpec = { command: [], workingDirectory: '', environment: {}, user: null };

/** The file of the other kind of service, and the option for it. */
function otherPlace(options: ServiceOptions): {
  readonly path: string;
  readonly option: '--user' | '--system';
} {
  const option = scopeOf(options) === 'system' ? '--user' : '--system';
  const { path } = planOf(NO_SPEC, option === '--user' ? { user: true } : { system: true }, '');
  return { path, option };
}

/** Whose service it is: what the options say, otherwise the machine's for root, and the user's own for others. */
export function scopeOf(
  { system, user }: Pick<ServiceOptions, 'system' | 'user'>,
  uid: number = ownUid(),
): 'system' | 'user' {
  if (system || user) return system ? 'system' : 'user';
  return uid === 0 ? 'system' : 'user';
}

function wrongScope({ system, user }: ServiceOptions): string | null {
  return system && user
    ? '--system is for the whole machine and --user for this user: give only one of them'
    : null;
}

/** What is wrong with --user-name; null: nothing. It becomes a line in a file that root's service manager reads. */
function wrongUserName(options: ServiceOptions): string | null {
  const { userName } = options;
  if (userName === undefined) return null;
  if (scopeOf(options) === 'user')
    return '--user-name needs --system: a user’s own service runs as that user';
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/.test(userName))
    return `--user-name is ${JSON.stringify(userName)}: it must be the name or the uid of a user`;
  return null;
}

/** Why the service could not run there; null: no reason is known. */
async function problemWith(
  { dataDir, stateDir, appsDir }: Config,
  { path }: ServicePlan,
  { options, account }: { readonly options: ServiceOptions; readonly account: Account | null },
): Promise<string | null> {
  if (account !== null && !existsSync(dataDir))
    return `${dataDir} does not exist: make it, and give it to ${account.name} (install -d -o ${account.name} ${quoted(dataDir)})`;
  const unusable = account === null ? null : unusableDirectory({ dataDir, stateDir, appsDir }, account);
  if (unusable !== null) return unusable;
  // The service would fail to start again and again. A service of before is restarted.
  const lookup = existsSync(path) ? null : await lookUpServer(stateDir, { known: true });
  if (!lookup?.live) return null;
  const { pid } = lookup.server.entry;
  const other = otherPlace(options);
  const how = existsSync(other.path)
    ? `if it is that of ${other.path}, remove that service first (${toehold()} service uninstall ${other.option})`
    : `end it with ${toehold()} shutdown --detach, which leaves its apps running`;
  return `A server (pid ${pid}) already runs in ${dataDir}: ${how}`;
}

/** What must exist: a service manager starts nothing in a directory that does not exist, and launchd opens the log in the state directory. */
function directoriesOf(
  { dataDir, stateDir }: Config,
  { userName }: ServiceOptions,
): readonly NeededDirectory[] {
  const state = { path: stateDir, mode: 0o700 };
  return [{ path: dataDir, mode: 0o755 }, ...(userName === undefined ? [state] : [])];
}

/** What the service runs with: every given flag and variable, and PATH for its programs. */
function specOf(
  config: Config,
  flags: Readonly<Partial<Record<SettingKey, string>>>,
  options: ServiceOptions,
): ServiceSpec {
  const system = scopeOf(options) === 'system';
  const given = Object.entries(SETTINGS).flatMap(([key, { variable }]) => {
    const value = flags[key as SettingKey] ?? config.environment[variable];
    return value ? [[variable, value] as const] : [];
  });
  const { PATH = '', HOME } = hostVariables(config.environment);
  return {
    command: [process.execPath, ownFile('src/main.js'), 'serve'],
    workingDirectory: config.dataDir,
    environment: {
      PATH,
      ...(system || HOME === undefined ? {} : { HOME }),
      TOEHOLD_ON_EXIT: 'detach',
      ...Object.fromEntries(given),
      DATA_DIR: config.dataDir,
      ...(config.environment.APPS_DIR || flags.appsDir ? { APPS_DIR: config.appsDir } : {}),
      // Absolute, because the service starts in another directory.
      ...(given.some(([name]) => name === 'TOEHOLD_TOKEN_FILE')
        ? { TOEHOLD_TOKEN_FILE: config.tokenFile }
        : {}),
      ...(config.socket === null ? {} : { TOEHOLD_SOCKET: config.socket }),
    },
    user: system ? (options.userName ?? null) : null,
  };
}

function planOf(
  spec: ServiceSpec,
  options: Pick<ServiceOptions, 'system' | 'user'>,
  logFile: string,
): ServicePlan {
  const scope = scopeOf(options);
  const { username, uid } = userInfo();
  const home = homedir();
  if (process.platform === 'darwin') return launchdPlan(spec, { scope, home, uid, logFile });
  return systemdPlan(spec, { scope, configHome: configHome(home), userName: username });
}
