import { Command } from 'commander';
import { loadConfig } from '../config.ts';
import { settingsFlags, settingsOptions } from './settings-options.ts';

export function serveCommand(exit: (code: number) => void): Command {
  const command = new Command('serve')
    .description('Runs the server: finds the apps, runs and watches them, and answers GraphQL.')
    .option('--json', 'Print {"url","pid","version"} when ready, instead of the URL.')
    .action((options) => {
      console.log(loadConfig({ flags: settingsFlags(options) }));
      exit(0);
    });
  for (const option of settingsOptions()) command.addOption(option);
  return command;
}
