import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { nameProblem } from '../core/app.ts';
import { reasonOf } from '../core/errors.ts';
import { iconProblem } from '../core/icon.ts';
import { ownUid, trustDirectory } from '../host/trust.ts';
import { appFiles, type NewAppOptions } from './new/template.ts';
import { toehold } from './own-name.ts';
import { settingsInForce } from './servers/running-settings.ts';
import { toStderr, toStdout } from './terminal/sink.ts';

const HELP = `
Makes APPS_DIR/<name>/current with a package.json and a small program that runs unchanged. If a server
runs, the app goes into that server's directory, and the server starts it at once. No server is needed.

Examples:
  toehold new blog
  toehold new mailer --worker --icon 📬 --data-dir /srv/toehold`;

interface Flags {
  readonly appsDir?: string;
  readonly dataDir?: string;
  readonly icon?: string;
  readonly worker?: boolean;
  readonly json?: boolean;
}

/** The result, for a person. */
type Made =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly code: 1 | 2; readonly message: string };

/** `toehold new <name>`. */
export function newCommand(): Command {
  return new Command('new')
    .description('Makes an app that runs, to start from.')
    .argument('<name>', 'The app’s name: lowercase letters, numbers and hyphens, a letter first.')
    .option('--icon <icon>', 'Its icon: one symbol, or a short text.')
    .option('--worker', 'Make an app that serves nothing.')
    .option('--apps-dir <path>', 'The directory of the apps (default: apps/ in DATA_DIR). [APPS_DIR]')
    .option('--data-dir <path>', 'The data directory (default: .). [DATA_DIR]')
    .option('--json', 'Print {"name","path"}.')
    .addHelpText('after', HELP)
    .action(async (name: string, flags: Flags) => {
      const made = await makeApp({ name, icon: flags.icon ?? null, worker: flags.worker === true }, flags);
      if (made.ok) {
        const { path } = made;
        const shows = flags.worker ? 'its state' : 'its URL';
        const text = flags.json
          ? JSON.stringify({ name, path })
          : `Made ${name}: ${path}\nA running server starts it now: ${toehold()} ls shows ${shows}`;
        toStdout(`${text}\n`);
      } else {
        toStderr(`${made.message}\n`);
        process.exitCode = made.code;
      }
    });
}

async function makeApp(app: NewAppOptions, { appsDir, dataDir }: Flags): Promise<Made> {
  const problem = problemWith(app);
  if (problem !== null) return { ok: false, code: 2, message: problem };
  const flags = {
    ...(appsDir === undefined ? {} : { appsDir }),
    ...(dataDir === undefined ? {} : { dataDir }),
  };
  const loaded = loadConfig({ flags });
  if (!loaded.ok) return { ok: false, code: 2, message: loaded.message };
  const config = await settingsInForce(loaded.config, flags);
  const given = Object.keys(flags).length > 0 || config.environment.APPS_DIR || config.environment.DATA_DIR;
  if (!given && !existsSync(config.appsDir) && !existsSync(config.stateDir)) {
    const message = `${config.appsDir} does not exist: run this in the data directory, or give --data-dir`;
    return { ok: false, code: 2, message };
  }
  const path = join(config.appsDir, app.name);
  if (existsSync(path)) return { ok: false, code: 1, message: `${path} already exists: choose another name` };
  const distrust = distrustOfRoot(config.appsDir);
  if (distrust !== null) return { ok: false, code: 1, message: distrust };
  try {
    await writeApp(config.appsDir, path, appFiles(app));
  } catch (error) {
    return { ok: false, code: 1, message: `${path} cannot be made: ${reasonOf(error)}` };
  }
  return { ok: true, path: join(path, 'current') };
}

/** Why root must not write there; null: it can. Another account that can write there could use a link to lead root elsewhere. */
export function distrustOfRoot(appsDir: string): string | null {
  if (ownUid() !== 0) return null;
  const trust = trustDirectory(appsDir);
  if (trust.ok || trust.code === 'absent') return null;
  return `${trust.problem}, and this is root: no app was made. ${trust.advice}`;
}

function problemWith({ name, icon }: NewAppOptions): string | null {
  const ofName = nameProblem(name);
  if (ofName !== null) return `${ofName}: ${JSON.stringify(name)}`;
  const ofIcon = icon === null ? null : iconProblem(icon);
  return ofIcon === null ? null : `${ofIcon}: ${JSON.stringify(icon)}`;
}

/** Writes the app beside its place and renames it, so that a watching server sees all of it or nothing. */
async function writeApp(
  appsDir: string,
  path: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(appsDir, { recursive: true });
  const beside = await mkdtemp(join(appsDir, '.new-'));
  try {
    await chmod(beside, 0o755);
    const current = join(beside, 'current');
    await mkdir(current);
    for (const [name, text] of Object.entries(files)) await writeFile(join(current, name), text);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw error;
  }
}
