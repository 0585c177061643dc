import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command } from 'commander';
import { loadConfig, readClientEnvironment, readVersion } from '../config.ts';
import { readTrusted, trustDirectory } from '../host/trust.ts';
import { carryOut } from './client-command.ts';
import { refused, wrongUse } from './failure.ts';
import { toehold } from './own-name.ts';
import { settingsInForce } from './servers/running-settings.ts';
import { deferSignals } from './signals.ts';
import { plain } from './terminal/escape.ts';
import { counted, localTime } from './terminal/format.ts';
import { createOutput } from './terminal/output.ts';

const BACKUP_HELP = `
Writes the database, the first token, and the list of the apps to one file that only you can read (0600). The
server can run meanwhile: the file is of one moment. It has no logs, and no files of the apps. An older backup
of this name is replaced; any other file is not.

Examples:
  toehold backup /backup/toehold.db
  toehold backup --data-dir /srv/toehold "$(date +%F).db"`;

const RESTORE_HELP = `
Makes the state directory (.toehold) from a backup, private to you (0700). It checks all of the file first. It
refuses if a server uses the directory, or if there is a state already; with --force that one is moved aside.
Put the directories of the apps into apps/ again, and start the server.

Examples:
  toehold restore /backup/toehold.db --data-dir /srv/toehold`;

/** More than a token and white space around it, in bytes. */
const LARGEST_TOKEN = 1_024;

interface BackupFlags {
  readonly dataDir?: string;
  readonly json?: boolean;
}

interface RestoreFlags extends BackupFlags {
  readonly appsDir?: string;
  readonly force?: boolean;
}

/** `toehold backup <file>`. */
export function backupCommand(): Command {
  return new Command('backup')
    .description('Copies the state of a server to one file, also while it runs.')
    .argument('<file>', 'The file to write.')
    .option('--data-dir <path>', 'The data directory (default: .). [DATA_DIR]')
    .option('--json', 'Print {"file","apps"}.')
    .addHelpText('after', BACKUP_HELP)
    .action((file: string, flags: BackupFlags) => carryOut(() => backup(resolve(file), flags)));
}

async function backup(file: string, { json = false, ...flags }: BackupFlags): Promise<void> {
  const { stateDirectory } = await import('./token/work.ts');
  const stateDir = await stateDirectory(flags);
  const trust = trustDirectory(stateDir);
  if (!trust.ok) throw refused(`${trust.problem}: ${stateDir} is not trusted\n${trust.advice}`);
  const loaded = loadConfig({ flags: { dataDir: dirname(stateDir) } });
  if (!loaded.ok) throw wrongUse(loaded.message);
  const { tokenFile } = await settingsInForce(loaded.config, { dataDir: dirname(stateDir) });
  const read = readTrusted(tokenFile, { limit: LARGEST_TOKEN, secret: true });
  if (!read.ok && read.code === 'untrusted') throw refused(`${read.problem}\n${read.advice}`);
  const token = read.ok ? read.text.trim() : null;

  deferSignals();
  const { writeBackup } = await import('./backup/state.ts');
  const facts = { createdAt: Date.now(), version: readVersion(), token };
  const apps = await writeBackup(stateDir, file, facts);
  const out = createOutput(readClientEnvironment().color);
  if (json) return out.printJson({ file, apps });
  out.print(`Wrote ${plain(file)}: ${counted(apps.length, 'app')} of ${plain(stateDir)}`);
  out.note(
    token === null
      ? `It has no token: ${plain(tokenFile)} has none`
      : 'It has a token that gives full access',
  );
  out.note('Keep it private: it has the hashes of all tokens, the audit log, and the events');
  out.note('The files of the apps and their logs are not in it');
}

/** `toehold restore <file>`. */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('Restores the state of a server from a backup.')
    .argument('<file>', 'A file that toehold backup wrote.')
    .option('--force', 'Move a state that is there aside.')
    .option('--data-dir <path>', 'The data directory (default: .). [DATA_DIR]')
    .option('--apps-dir <path>', 'The directory of the apps (default: apps/ in DATA_DIR). [APPS_DIR]')
    .option('--json', 'Print {"stateDir","apps","missing","aside"}.')
    .addHelpText('after', RESTORE_HELP)
    .action((file: string, flags: RestoreFlags) => carryOut(() => restore(resolve(file), flags)));
}

async function restore(file: string, { json = false, force = false, ...flags }: RestoreFlags): Promise<void> {
  const loaded = loadConfig({ flags });
  if (!loaded.ok) throw wrongUse(loaded.message);
  const { stateDir, appsDir, tokenFile } = loaded.config;
  deferSignals();
  const { restoreState } = await import('./backup/state.ts');
  const { facts, aside } = await restoreState(file, stateDir, { force });
  const { apps } = facts;
  const missing = apps.map(({ name }) => name).filter((name) => !existsSync(join(appsDir, name)));
  const out = createOutput(readClientEnvironment().color);
  if (json) return out.printJson({ stateDir, apps, missing, aside });
  out.print(
    `Restored ${plain(stateDir)}: ${counted(apps.length, 'app')}, as of ${localTime(facts.createdAt)}`,
  );
  if (aside !== null) out.note(`What was there is in ${plain(aside)}`);
  if (missing.length > 0)
    out.note(`Put these into ${plain(appsDir)} again: ${missing.map(plain).join(', ')}`);
  if (tokenFile !== join(stateDir, 'token'))
    out.note(`The token is in ${plain(join(stateDir, 'token'))}, not in ${plain(tokenFile)}`);
  out.note(`Start the server: ${toehold()} serve --data-dir ${plain(dirname(stateDir))}`);
}
