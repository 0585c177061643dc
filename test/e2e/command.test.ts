import { expect, test } from 'vitest';
import { flagOf, SETTINGS } from '../../src/config/settings.ts';
import { toehold } from '../support/serve.ts';

test('serve --help lists every setting by flag and variable', async () => {
  const help = toehold(['serve', '--help']);
  expect(await help.ended).toEqual({ code: 0, signal: null });
  for (const setting of Object.values(SETTINGS)) {
    expect(help.stdout()).toContain(`${flagOf(setting)} `);
    expect(help.stdout()).toContain(`[${setting.variable}]`);
  }
});

test('--help ends without an error if its reader closes the pipe', async () => {
  const help = toehold(['serve', '--help']);
  help.child.stdout?.destroy();
  expect(await help.ended).toEqual({ code: 0, signal: null });
  expect(help.stderr()).toBe('');
});

test('--help names the commands, --version the version', async () => {
  const [help, version] = [toehold(['--help']), toehold(['--version'])];
  expect([(await help.ended).code, (await version.ended).code]).toEqual([0, 0]);
  expect(help.stdout()).toContain('serve');
  expect(version.stdout()).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  ['no command', [], 'Usage: toehold'],
  ['an unknown command', ['sevre'], "unknown command 'sevre'"],
  // No suggestion: it could be --no-auth.
  ['an unknown flag', ['serve', '--prot', '1'], "unknown option '--prot'"],
  ['a flag without its value', ['serve', '--port'], 'argument missing'],
  ['too much', ['serve', 'here'], 'too many arguments'],
  ['a bad value in a flag', ['serve', '--on-exit', 'kill'], '--on-exit is "kill": it must be stop or detach'],
])('wrong use, code 2, nothing on stdout: %s', async (_what, args, words) => {
  const wrong = toehold(args);
  expect(await wrong.ended).toEqual({ code: 2, signal: null });
  expect(wrong.stderr()).toContain(words);
  expect(wrong.stdout()).toBe('');
});
