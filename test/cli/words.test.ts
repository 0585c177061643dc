import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { programFor, HARMLESS as SUGGESTED } from '../../src/cli/program.ts';
import { ALIASES, ANSWERS, answerTo, translated } from '../../src/cli/words.ts';
import { ownCommand } from '../../src/host/own-command.ts';
import { toehold } from '../support/serve.ts';

/** How messages name this program here. */
const OWN = ownCommand(process.env.PATH);

const program = await programFor('');
const names = program.commands.map((command) => command.name());

/** The commands that can be suggested. None of them changes an app, a file, or the server. */
const HARMLESS = ['audit', 'completion', 'doctor', 'events', 'logs', 'ls', 'releases', 'status'];

test('only commands that show something can be suggested', () => {
  expect([...SUGGESTED].sort()).toEqual(HARMLESS);
});

describe('"Did you mean" never suggests a command that changes something', () => {
  /** Every word that is one letter away from a command: a letter is missing, doubled, wrong, or swapped. */
  function typosOf(name: string): string[] {
    return [...name].flatMap((letter, index) => {
      const [before, after] = [name.slice(0, index), name.slice(index + 1)];
      const next = after[0] ?? '';
      return [
        before + after,
        before + letter + letter + after,
        `${before}x${after}`,
        before + next + letter + after.slice(1),
      ];
    });
  }

  test('for any typo of any command', () => {
    const suggested = names.flatMap((name) =>
      typosOf(name).flatMap((typo) => {
        const [, found = ''] = /Did you mean (.*)\?/.exec(answerTo(typo, HARMLESS)) ?? [];
        return found.split(' or ').filter((word) => word !== '');
      }),
    );
    expect(suggested).toContain('status');
    expect(suggested.filter((word) => !HARMLESS.includes(word))).toEqual([]);
  });

  test.each([
    [['stauts'], 'Did you mean status?'],
    [['doctor', '--jso'], 'Did you mean --json?'],
    [['stpo'], `${OWN} --help lists the commands`],
    [['help', 'stpo'], `${OWN} --help lists the commands`],
    [['stop', '--al'], `(see ${OWN} --help)`],
    [['--', 'stpo'], `(see ${OWN} --help)`],
    [['service', 'unistall'], `(see ${OWN} service --help)`],
    [['token', 'revke'], `(see ${OWN} token --help)`],
  ])('%j', async (args, words) => {
    const wrong = toehold(args);
    expect(await wrong.ended).toEqual({ code: 2, signal: null });
    expect(wrong.stderr()).toContain(words);
    if (!words.startsWith('Did')) expect(wrong.stderr()).not.toContain('Did you mean');
  });

  test('nor an option of a command that changes something', async () => {
    const wrongUses = [...leavesOf(program)].map(async ([path, command]) => {
      const [name = ''] = path;
      const fresh = await programFor(name);
      let printed = '';
      silence(fresh, (text) => (printed += text));
      for (const { long } of command.options)
        await fresh.parseAsync([...path, `${long}x`], { from: 'user' }).catch(() => {});
      return [path.join(' '), printed.includes('Did you mean')] as const;
    });
    const suggesting = (await Promise.all(wrongUses)).filter(([, suggests]) => suggests);
    expect(suggesting.map(([path]) => path).sort()).toEqual(HARMLESS);
  });

  function* leavesOf(parent: Command, path: readonly string[] = []): Generator<readonly [string[], Command]> {
    for (const command of parent.commands) {
      const own = [...path, command.name()];
      if (command.commands.length > 0) yield* leavesOf(command, own);
      else yield [own, command];
    }
  }

  function silence(command: Command, writeErr: (text: string) => void): void {
    command.configureOutput({ writeErr });
    for (const one of command.commands) silence(one, writeErr);
  }
});

describe('words of PM2 and Docker', () => {
  test.each(
    [
      'describe',
      'show',
      'info',
      'monit',
      'top',
      'reload',
      'flush',
      'save',
      'startup',
      'delete',
      'list',
      'ps',
      'log',
    ].concat('tail', 'env', 'kill'),
  )('%s works or is answered', (word) => {
    expect([Object.hasOwn(ALIASES, word), Object.hasOwn(ANSWERS, word)].filter(Boolean)).toHaveLength(1);
  });

  test('a word that works only shows something, and is in no help', () => {
    for (const [word, [command = '']] of Object.entries(ALIASES)) {
      expect(HARMLESS.concat('--version')).toContain(command);
      expect(names).not.toContain(word);
    }
    expect(translated(['tail', 'web', '-n', '5'])).toEqual(['logs', '-f', 'web', '-n', '5']);
    expect(translated(['help', 'monit'])).toEqual(['help', 'ls']);
    for (const args of [['ls', 'ps'], ['help', 'ls'], ['constructor'], []])
      expect(translated(args)).toBe(args);
  });

  test('an answer names only commands and options that exist', () => {
    for (const answer of Object.values(ANSWERS)) {
      for (const [, line = ''] of answer.matchAll(
        /toehold ((?:[a-z]+|<\w+>|-\S+)(?: (?:install|uninstall|create|-\S+))*)/g,
      )) {
        const [name, ...rest] = line.split(' ');
        const command = program.commands.find((one) => one.name() === name);
        expect([line, command?.name()]).toEqual([line, name]);
        for (const word of rest) expect(known(command, word)).toBe(word);
      }
    }
  });

  function known(command: Command | undefined, word: string): string | undefined {
    const options = command?.options.flatMap(({ long, short }) => [long, short]) ?? [];
    return (
      [...options, ...(command?.commands.map((one) => one.name()) ?? [])].find((one) => one === word) ??
      undefined
    );
  }

  test('docs/from-pm2.md has each word, and says whether it works', async () => {
    const page = await readFile(fileURLToPath(new URL('../../docs/from-pm2.md', import.meta.url)), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    const wordsOf = (kind: string) =>
      rows
        .map((row) => row.split('|').map((cell) => cell.trim()))
        .filter((cells) => cells[3] === kind)
        .flatMap((cells) => [...(cells[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, word]) => word));
    expect(wordsOf('works').sort()).toEqual([...Object.keys(ALIASES), 'logs'].sort());
    expect(wordsOf('answered').sort()).toEqual(Object.keys(ANSWERS).sort());
  });
});
