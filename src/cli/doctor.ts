import { Command } from 'commander';
import { type Config, loadConfig, readClientEnvironment } from '../config.ts';
import { reasonOf } from '../core/errors.ts';
import { type Check, type Finding, findingsOf } from './doctor/finding.ts';
import { settingsInForce } from './servers/running-settings.ts';
import { plain } from './terminal/escape.ts';
import { endWithReader } from './terminal/lost-output.ts';
import { createOutput, type Output } from './terminal/output.ts';
import { toStderr } from './terminal/sink.ts';

const HELP = `
Checks Node, SQLite and the database, the server, disk, hole punching, inotify, ports and who holds them,
permissions, and every app, and says what to do. It changes nothing and needs no server. It examines the
server that the other commands find, with that server's settings instead of the shell's.

Exit code: 1 if something does not work, otherwise 0.

Examples:
  toehold doctor
  toehold doctor --data-dir /srv/toehold --json`;

interface Flags {
  readonly dataDir?: string;
  readonly appsDir?: string;
  readonly json?: boolean;
}

/** `toehold doctor`. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Checks this machine and this data directory for problems.')
    .option('--data-dir <path>', 'The data directory (default: .). [DATA_DIR]')
    .option('--apps-dir <path>', 'The directory of the apps (default: apps/ in DATA_DIR). [APPS_DIR]')
    .option('--json', 'Print an object for each finding, one on each line.')
    .addHelpText('after', HELP)
    .action(async ({ json, ...flags }: Flags) => {
      endWithReader();
      const loaded = loadConfig({ flags });
      if (!loaded.ok) {
        toStderr(`${loaded.message}\n`);
        process.exitCode = 2;
        return;
      }
      process.exitCode = await examine(
        await settingsInForce(loaded.config, flags, { asClientsDo: true }),
        printer(createOutput(readClientEnvironment().color), json === true),
      );
    });
}

async function examine(config: Config, print: (finding: Finding) => void): Promise<number> {
  // Loaded here, because the checks load SQLite and more, which other commands don't need.
  const { CHECKS } = await import('./doctor/checks.ts');
  let code = 0;
  for (const check of CHECKS) {
    for (const finding of await runCheck(check, config)) {
      print(finding);
      if (finding.status === 'problem') code = 1;
    }
  }
  for (const warning of config.warnings) {
    print(findingsOf('configuration').warning(warning));
  }
  return code;
}

async function runCheck(check: Check, config: Config): Promise<Finding[]> {
  try {
    return await check.run(config);
  } catch (error) {
    return [findingsOf(check.name).problem(`This check failed: ${reasonOf(error)}`)];
  }
}

const SIGNS = { ok: ['green', '✔'], warning: ['yellow', '!'], problem: ['red', '✘'] } as const;

/** Prints a finding on one line, and its advice on another. Paths, names, and links in it can be hostile text. */
function printer(out: Output, json: boolean): (finding: Finding) => void {
  if (json) return (finding) => out.printJson(finding, 'one of many');
  return ({ check, status, found, advice }) => {
    const [color, sign] = SIGNS[status];
    out.print(`${out.paint(color, sign)} ${out.paint('bold', check)}: ${plain(found)}`);
    if (advice !== null) out.print(`    → ${plain(advice)}`);
  };
}
