import { join } from 'node:path';
import { Command } from 'commander';
import { loadConfig, readClientEnvironment } from '../config.ts';
import { likeName, nameProblem } from '../core/app.ts';
import { reasonOf } from '../core/errors.ts';
import { type Adoption, adopt, planAdoption } from './adopt/adopt-folder.ts';
import { carryOut } from './client-command.ts';
import { refused, wrongUse } from './failure.ts';
import { distrustOfRoot } from './new.ts';
import { settingsInForce } from './servers/running-settings.ts';
import { deferSignals } from './signals.ts';
import { isSure } from './terminal/ask.ts';
import { plain } from './terminal/escape.ts';
import { createOutput } from './terminal/output.ts';

const HELP = `
Toehold ignores a directory in APPS_DIR that has no current. This moves its content into current/. If
package.json has scripts.start and no scripts.toes, it adds scripts.toes with the same command. It asks before
it changes anything. If it is interrupted, run it again. A running server then starts the app at once.

Absolute paths inside files stay as they are: make a Python environment (.venv) in current/ again.

Examples:
  cp -r ~/shop apps/ && toehold adopt shop
  toehold adopt shop --yes --data-dir /srv/toehold`;

interface Flags {
  readonly appsDir?: string;
  readonly dataDir?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** `toehold adopt <name>`. */
export function adoptCommand(): Command {
  return new Command('adopt')
    .description('Makes an app of a directory that has no current.')
    .argument('<name>', 'The name of the directory in APPS_DIR.')
    .option('-y, --yes', 'Don’t ask.')
    .option('--apps-dir <path>', 'The directory of the apps (default: apps/ in DATA_DIR). [APPS_DIR]')
    .option('--data-dir <path>', 'The data directory (default: .). [DATA_DIR]')
    .option('--json', 'Print {"name","path","script"}.')
    .addHelpText('after', HELP)
    .action((name: string, flags: Flags) => carryOut(() => adoptApp(name, flags)));
}

async function adoptApp(name: string, { yes = false, json = false, ...flags }: Flags): Promise<void> {
  const loaded = loadConfig({ flags });
  if (!loaded.ok) throw wrongUse(loaded.message);
  const { appsDir } = await settingsInForce(loaded.config, flags);
  const problem = nameProblem(name);
  if (problem !== null) throw wrongUse(`${problem}: ${JSON.stringify(name)}\n${renaming(appsDir, name)}`);
  const out = createOutput(readClientEnvironment().color);
  const distrust = distrustOfRoot(appsDir);
  if (distrust !== null) throw refused(distrust);
  const planned = await planAdoption(appsDir, name).catch((error) => {
    throw refused(`${join(appsDir, name)} cannot be looked at: ${reasonOf(error)}`);
  });
  if (!planned.ok) throw refused(planned.message);
  const { adoption } = planned;
  if (!yes) {
    if (!out.canAsk)
      throw wrongUse(`adopting ${name} needs a confirmation, and this is not a terminal: add --yes`);
    for (const line of stepsOf(adoption)) out.note(line);
    if (!(await isSure('Continue? [y/N] '))) throw refused(`${name} was not changed`);
  }
  deferSignals();
  await adopt(appsDir, name, adoption).catch((error) => {
    throw refused(reasonOf(error));
  });
  const path = join(adoption.path, 'current');
  if (json) return out.printJson({ name, path, script: adoption.script });
  out.print(`${name} is an app now: ${path}`);
  for (const line of whatIsLeft(adoption, path)) out.note(line);
}

/** What the person must do until the app runs. */
function whatIsLeft({ runs, unwritten, hasManifest, environments }: Adoption, path: string): string[] {
  const manifest = join(path, 'package.json');
  const left: string[] = [];
  if (unwritten !== null)
    left.push(
      `It does not run yet: add this line to "scripts" in ${manifest}`,
      `    "toes": ${JSON.stringify(unwritten)}`,
    );
  else if (!hasManifest)
    left.push(
      `It does not run yet: make ${manifest} with its command`,
      '    { "scripts": { "toes": "exec ./server" } }',
      'docs/languages.md has whole apps in several languages',
    );
  else if (!runs) left.push(`It does not run yet: add "toes" with its command to "scripts" in ${manifest}`);
  for (const name of environments)
    left.push(`Make ${join(path, name)} again: its programs name the path where it was made`);
  return left.map(plain);
}

function stepsOf({ path, script, unwritten, unfinished }: Adoption): string[] {
  const steps = [`This moves the content of ${path} into ${join(path, 'current')}.`];
  if (unfinished)
    steps[0] = `An earlier adoption was interrupted. This finishes it: ${join(path, 'current')}`;
  if (script !== null) steps.push(`It adds "toes": ${JSON.stringify(script)} to "scripts" in package.json.`);
  else if (unwritten !== null && !unfinished)
    steps.push(
      'It does not change package.json, because another user can change the directory and you are root.',
    );
  return steps.map(plain);
}

function renaming(appsDir: string, name: string): string {
  const like = likeName(name);
  return like === null
    ? 'Rename the directory first'
    : `Rename the directory first, for example to ${join(appsDir, like)}`;
}
