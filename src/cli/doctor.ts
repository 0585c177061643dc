import { Command } from 'commander';
import { type Config, loadConfig, readClientEnvironment } from '../config.ts';
import { reasonOf } from '../core/errors.ts';
import { type Check, type Finding, findingsOf } from './doctor/finding.ts';
import { settingsInForce } from './servers/running-settings.ts';
import { plain } from './terminal/escape.ts';
import { createOutput, type Output } from './terminal/output.ts';
import { toStderr } from './terminal/sink.ts';

const HELP = `
Looks at what a support question would ask about, and says what to do: Node, SQLite and the database, the
server, disk, hole punching, inotify, ports and who holds them, permissions, and every app. It changes nothing and
needs no server. Where one runs, its settings count and not the shell's. Ends with 1 where something does not work, else with 0.

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
    .description('Looks for what may be wrong with this machine and this data directory.')
    .option('--data-dir <path>', 'Where the server’s data lies (default: .). [DATA_DIR]')
    .option('--apps-dir <path>', 'Where the apps lie (default: apps/ in DATA_DIR). [APPS_DIR]')
    .option('--json', 'Print an object for each finding, one a line.')
    .addHelpText('after', HELP)
    .action(async ({ json, ...flags }: Flags) => {
      const loaded = loadConfig({ flags });
      if (!loaded.ok) {
        toStderr(`${loaded.message}\n`);
        process.exitCode = 2;
        return;
      }
      process.exitCode = await examine(
        await settingsInForce(loaded.config, flags),
        printer(createOutput(readClientEnvironment().color), json === true),
      );
    });
}

async function examine(config: Config, print: (finding: Finding) => void): Promise<number> {
  // Not at the top: they load SQLite and more, for which no other command should wait.
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
    return [findingsOf(check.name).problem(`This could not be looked at: ${reasonOf(error)}`)];
  }
}

const SIGNS = { ok: ['green', '✔'], warning: ['yellow', '!'], problem: ['red', '✘'] } as const;

/** Paths, names and links in what was found are somebody else's: each finding is one line, and one of advice. */
function printer(out: Output, json: boolean): (finding: Finding) => void {
  if (json) return (finding) => out.printJson(finding, 'one of many');
  return ({ check, status, found, advice }) => {
    const [color, sign] = SIGNS[status];
    out.print(`${out.paint(color, sign)} ${out.paint('bold', check)}: ${plain(found)}`);
    if (advice !== null) out.print(`    → ${plain(advice)}`);
  };
}
