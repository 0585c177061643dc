import type { Argument, Command, Option } from 'commander';
import { AppReleasesDocument, type ToeholdClient } from '../../../client/index.ts';
import { readClientEnvironment } from '../../config.ts';
import { findServer, type ServerFlags } from '../servers/find-server.ts';
import { guardedClient } from '../servers/guarded-client.ts';
import { translated } from '../words.ts';
import { appNames } from './app-refs.ts';

interface Candidate {
  readonly value: string;
  readonly text: string;
}

/** How long completion waits for names from the server, in milliseconds. */
const PATIENCE = 2_000;

/**
 * The candidates for the word at the cursor: `value`, a tab, and a description on each line. Empty if there are none.
 * @param words the words after `toehold`, up to the one that is typed, which can be empty
 */
export async function complete(program: Command, words: readonly string[]): Promise<string> {
  const typed = words.at(-1) ?? '';
  const { command, rest } = descend(program, translated(words.slice(0, -1)));
  const found = (await candidates(command, rest, typed)).filter(({ value }) => value.startsWith(typed));
  return found.map(({ value, text }) => `${value}\t${text.replaceAll(/\s+/g, ' ')}\n`).join('');
}

/** The command that the words name, and the words after it. */
function descend(from: Command, words: readonly string[]): { command: Command; rest: readonly string[] } {
  const next = words.findIndex((word) => !word.startsWith('-'));
  const command = from.commands.find(
    (one) => one.name() === words[next] || one.aliases().includes(words[next] ?? ''),
  );
  return command ? descend(command, words.slice(next + 1)) : { command: from, rest: words };
}

async function candidates(
  command: Command,
  rest: readonly string[],
  typed: string,
): Promise<readonly Candidate[]> {
  const waiting = command.options.find((option) => takesValue(option) && isFlag(option, rest.at(-1)));
  if (waiting) return (waiting.argChoices ?? []).map((value) => ({ value, text: '' }));
  if (typed.startsWith('-') && !rest.includes('--')) return flagsOf(command);
  const help = command.createHelp();
  const commands = help
    .visibleCommands(command)
    .map((one) => ({ value: one.name(), text: help.subcommandDescription(one) }));
  if (commands.length > 0) return commands;
  const { operands } = command.parseOptions([...rest]);
  const argument = command.registeredArguments[operands.length] ?? repeated(command.registeredArguments);
  if (!argument) return [];
  if (argument.argChoices) return argument.argChoices.map((value) => ({ value, text: '' }));
  const values = await fromServer(command.opts<ServerFlags>(), argument.name(), operands);
  // A shell inserts it unquoted.
  return values
    .filter((value) => !operands.includes(value) && /^[\x21-\x7e]+$/.test(value))
    .map((value) => ({ value, text: '' }));
}

function flagsOf(command: Command): Candidate[] {
  const help = command.createHelp();
  return help.visibleOptions(command).flatMap((option) => {
    const value = option.long ?? option.short;
    return value ? [{ value, text: option.description }] : [];
  });
}

function takesValue(option: Option): boolean {
  return option.required;
}

function isFlag(option: Option, word: string | undefined): boolean {
  return word !== undefined && (word === option.long || word === option.short);
}

function repeated(list: readonly Argument[]): Argument | undefined {
  const last = list.at(-1);
  return last?.variadic ? last : undefined;
}

async function fromServer(flags: ServerFlags, kind: string, operands: readonly string[]): Promise<string[]> {
  if (kind !== 'app' && kind !== 'release') return [];
  const patience = new Promise<string[]>((resolve) => setTimeout(resolve, PATIENCE, []).unref());
  return Promise.race([ask(flags, kind, operands).catch(() => []), patience]);
}

async function ask(
  flags: ServerFlags,
  kind: 'app' | 'release',
  operands: readonly string[],
): Promise<string[]> {
  const client: ToeholdClient = guardedClient(
    await findServer({ flags, environment: readClientEnvironment(), cwd: process.cwd() }),
  );
  if (kind === 'app') return appNames(client);
  const { app } = await client.request(AppReleasesDocument, { app: { name: operands[0] ?? '' } });
  return app?.releases.map(({ name }) => name) ?? [];
}
