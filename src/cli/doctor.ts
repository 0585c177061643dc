import { styleText } from 'node:util';
import { Command } from 'commander';
import { type Config, loadConfig } from '../config.ts';
import { reasonOf } from '../core/errors.ts';
import { type Check, type Finding, findingsOf } from './doctor/finding.ts';

const HELP = `
Looks at what a support question would ask about, and says what to do: Node, SQLite and the database, the
server, disk, hole punching, inotify, ports and who holds them, permissions, and every app. It changes nothing and
needs no server. Ends with 1 where something does not work, else with 0.

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
        process.stderr.write(`${loaded.message}\n`);
        process.exitCode = 2;
        return;
      }
      process.exitCode = await examine(loaded.config, json ? JSON.stringify : asText);
    });
}

async function examine(config: Config, print: (finding: Finding) => string): Promise<number> {
  // Not at the top: they load SQLite and more, for which no other command should wait.
  const { CHECKS } = await import('./doctor/checks.ts');
  let code = 0;
  for (const check of CHECKS) {
    for (const finding of await runCheck(check, config)) {
      process.stdout.write(`${print(finding)}\n`);
      if (finding.status === 'problem') code = 1;
    }
  }
  for (const warning of config.warnings) {
    process.stdout.write(`${print(findingsOf('configuration').warning(warning))}\n`);
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

function asText({ check, status, found, advice }: Finding): string {
  const [color, sign] = SIGNS[status];
  const { stdout: stream } = process;
  const line = `${styleText(color, sign, { stream })} ${styleText('bold', check, { stream })}: ${found}`;
  return advice === null ? line : `${line}\n    → ${advice}`;
}
