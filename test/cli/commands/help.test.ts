import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { addClientCommands } from '../../../src/cli/commands/index.ts';
import { programFor } from '../../../src/cli/program.ts';

const program = new Command('toehold');
addClientCommands(program);

const NAMES = program
  .createHelp()
  .visibleCommands(program)
  .map((command) => command.name())
  .filter((name) => name !== 'help');

/** What `--help` prints. */
function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
  return text;
}

test('every documented command exists', () => {
  expect(NAMES.sort()).toEqual(
    [
      ...[
        'ls',
        'status',
        'start',
        'stop',
        'restart',
        'logs',
        'events',
        'rename',
        'icon',
        'grant',
        'ports',
        'releases',
      ],
      ...['activate', 'rollback', 'rm', 'open', 'audit', 'shutdown', 'completion'],
    ].sort(),
  );
  expect(helpOf(program)).toMatch(/Show:\n(.|\n)*Change apps:\n(.|\n)*The server:\n/);
  expect(helpOf(program)).not.toContain('__complete');
});

describe.each(NAMES)('%s --help', (name) => {
  const command = program.commands.find((one) => one.name() === name);
  const help = command ? helpOf(command) : '';

  test('has an example, --json, and a line for each argument and option', () => {
    expect(help).toMatch(new RegExp(`Examples?:\n(.*\n)*? .*toehold ${name}`));
    expect(help).toContain('--json');
    for (const argument of command?.registeredArguments ?? []) expect(argument.description).not.toBe('');
    for (const option of command?.options ?? []) expect(option.description).toMatch(/[.\]]$|\)$/);
  });

  test('fits 110 columns', () => {
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });
});

test('the help of every other command fits 110 columns', async () => {
  const tooLong: string[] = [];
  const measure = (command: Command) => {
    tooLong.push(
      ...helpOf(command)
        .split('\n')
        .filter((line) => line.length > 110),
    );
    for (const one of command.commands) measure(one);
  };
  measure(await programFor(''));
  expect(tooLong).toEqual([]);
});
