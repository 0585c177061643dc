import { mkdirSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { SETTINGS, type SettingKey } from '../config/settings.ts';
import { type Config, configHome, loadConfig } from '../config.ts';
import { reasonOf } from '../core/errors.ts';
import { hostVariables } from '../drivers/local/environment.ts';
import { ownFile } from '../host/own-files.ts';
import { launchdPlan } from './service/launchd.ts';
import {
  installService,
  type Report,
  removeService,
  type ServicePlan,
  type ServiceSpec,
} from './service/plan.ts';
import { systemdPlan } from './service/systemd.ts';
import { settingsFlags, settingsOptions } from './settings-options.ts';
import { toStderr, toStdout } from './terminal/sink.ts';

interface ServiceOptions extends Readonly<Record<string, unknown>> {
  readonly system?: boolean;
  readonly userName?: string;
  readonly print?: boolean;
  readonly json?: boolean;
}

const INSTALL_HELP = `
Writes a systemd unit (Linux) or a launchd property list (macOS), starts it now and at each boot, and prints
what it did. Apps outlive the service: it restarts the server, never the apps. To end the apps too, stop the
service, then run toehold serve by hand and press Ctrl-C. After toehold shutdown --stop alone, the service
starts the server again, and the server starts its apps.

The service gets the settings of toehold serve from the flags, and from the variables that are set now.

Examples:
  toehold service install --data-dir /srv/toehold --port 3000
  sudo toehold service install --system --user-name toehold --data-dir /srv/toehold
  toehold service install --print`;

/** `toehold service install | uninstall`. */
export function serviceCommand(): Command {
  const scope = () => [
    new Option('--system', 'For the whole machine, from boot on (needs root). Without it: for this user.'),
    new Option('--user-name <name>', 'With --system: the account that runs the server.'),
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
      const plan = planOf({ command: [], workingDirectory: '', environment: {}, user: null }, options, '');
      const done = await removeService(plan, options.json ? () => {} : say);
      if (options.json) say(JSON.stringify({ path: plan.path, done }));
      process.exitCode = done ? 0 : 1;
    });
  for (const option of scope()) uninstall.addOption(option);
  return new Command('service')
    .description('Runs the server as a service of this machine (systemd, launchd).')
    .addCommand(install)
    .addCommand(uninstall);
}

const say: Report = (line) => toStdout(`${line}\n`);

async function installs(options: ServiceOptions): Promise<number> {
  const flags = settingsFlags(options);
  const loaded = loadConfig({ flags });
  const wrong = loaded.ok ? wrongUserName(options) : loaded.message;
  if (!loaded.ok || wrong !== null) {
    toStderr(`${wrong}\n`);
    return 2;
  }
  const { config } = loaded;
  const plan = planOf(specOf(config, flags, options), options, join(config.stateDir, 'server.log'));
  if (options.print) {
    toStdout(plan.text);
    return 0;
  }
  // A service manager starts nothing in a directory that does not exist, and its error is less clear.
  const missing = makeDirectories(config, options);
  if (missing) {
    toStderr(`${missing}\n`);
    return 2;
  }
  const done = await installService(plan, options.json ? () => {} : say);
  if (options.json) say(JSON.stringify({ path: plan.path, text: plan.text, done }));
  return done ? 0 : 1;
}

/** What is wrong with --user-name; null: nothing. It becomes a line in a file that root's service manager reads. */
function wrongUserName({ system, userName }: ServiceOptions): string | null {
  if (userName === undefined) return null;
  if (!system) return '--user-name needs --system: a user’s own service runs as that user';
  if (/^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/.test(userName)) return null;
  return `--user-name is ${JSON.stringify(userName)}: it must be the name or the uid of a user`;
}

/** Makes the data directory and the state directory. @returns why it failed, or null */
function makeDirectories(
  { dataDir: path, stateDir }: Config,
  { system, userName }: ServiceOptions,
): string | null {
  try {
    if (!statSync(path, { throwIfNoEntry: false }) && system && userName !== undefined)
      return `${path} does not exist: make it, and give it to ${userName} (install -d -o ${userName} ${path})`;
    mkdirSync(path, { recursive: true });
    // launchd opens the log there before the server starts, and does not make the directory.
    if (!userName) mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    return null;
  } catch (error) {
    return `${path} cannot be made (${reasonOf(error)}): set DATA_DIR to another directory`;
  }
}

/** What the service runs with: every given flag and variable, and PATH for its programs. */
function specOf(
  config: Config,
  flags: Readonly<Partial<Record<SettingKey, string>>>,
  { system, userName }: ServiceOptions,
): ServiceSpec {
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
    user: system ? (userName ?? null) : null,
  };
}

function planOf(spec: ServiceSpec, { system }: ServiceOptions, logFile: string): ServicePlan {
  const scope = system ? 'system' : 'user';
  const { username, uid } = userInfo();
  const home = homedir();
  if (process.platform === 'darwin') return launchdPlan(spec, { scope, home, uid, logFile });
  return systemdPlan(spec, { scope, configHome: configHome(home), userName: username });
}
