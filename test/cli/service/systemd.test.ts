import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { launchdPlist } from '../../../src/cli/service/launchd.ts';
import { systemdPlan, systemdUnit } from '../../../src/cli/service/systemd.ts';
import { unwritableValue } from '../../../src/cli/service/values.ts';

const run = promisify(execFile);
const SPEC = {
  command: ['/usr/bin/env', '/srv/toe hold/dist/src/main.js', 'serve', '100%', '$HOME', 'a"b\\c'],
  workingDirectory: '/tmp',
  environment: { TOEHOLD_ON_EXIT: 'detach', PATH: '/usr/bin:/opt/my programs/bin', ODD: '100% "a\\b"' },
  user: null,
};

test('a unit keeps runs running, whatever happens to the server', () => {
  const lines = systemdUnit(SPEC, 'user').split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      'KillMode=process',
      'Delegate=yes',
      'OOMPolicy=continue',
      'Restart=always',
      'Environment="TOEHOLD_ON_EXIT=detach"',
      'WantedBy=default.target',
    ]),
  );
  expect(systemdUnit({ ...SPEC, user: 'toehold' }, 'system')).toMatch(
    /^User=toehold$[\s\S]*WantedBy=multi-user\.target/m,
  );
});

test('characters with a meaning for systemd are escaped', () => {
  const unit = systemdUnit(SPEC, 'user');
  expect(unit).toContain(
    'ExecStart="/usr/bin/env" "/srv/toe hold/dist/src/main.js" "serve" "100%%" "$$HOME" "a\\"b\\\\c"\n',
  );
  expect(unit).toContain('Environment="ODD=100%% \\"a\\\\b\\""\n');
});

test.each([
  [
    { workingDirectory: '/tmp/x\nExecStartPre=/bin/evil' },
    'the data directory contains a control character (U+000A)',
  ],
  [{ workingDirectory: '/tmp/x\\' }, 'the data directory ends with a backslash'],
  [{ workingDirectory: '/tmp/x ' }, 'the data directory ends with a space'],
  [
    { command: ['/usr/bin/node', '/srv/\r/main.js'] },
    'the path of this program contains a control character',
  ],
  [{ environment: { APPS_DIR: '/a\nExecStartPre=/bin/evil' } }, 'APPS_DIR contains a control character'],
  [{ environment: { PATH: '/bin\\' } }, 'PATH ends with a backslash'],
  [{ user: 'ann\nGroup=root' }, '--user-name contains a control character'],
])('a value that could become another setting is refused: %j', (change, problem) => {
  expect(unwritableValue({ ...SPEC, ...change })).toContain(problem);
});

test('what can be written has one line for each setting', () => {
  const spec = { ...SPEC, workingDirectory: '/srv/a b\\c"d%', environment: { ODD: '\\ "$' }, user: 'ann' };
  expect(unwritableValue(spec)).toBeNull();
  const lines = (text: string) => text.split('\n').length;
  expect(lines(systemdUnit(spec, 'system'))).toBe(
    lines(systemdUnit({ ...spec, workingDirectory: '/' }, 'system')),
  );
  expect(lines(launchdPlist(spec, '/x'))).toBe(lines(launchdPlist({ ...spec, workingDirectory: '/' }, '/x')));
});

// Debian's package `systemd`, which the project's checks install.
test.skipIf(!existsSync('/usr/bin/systemd-analyze'))(
  'systemd itself finds nothing wrong with a unit',
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'toehold-unit-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    for (const scope of ['user', 'system'] as const) {
      const path = join(directory, 'toehold.service');
      await writeFile(path, systemdUnit(SPEC, scope));
      const { stderr } = await run('systemd-analyze', ['verify', '--man=no', path]);
      expect(stderr).not.toContain('toehold.service');
    }
    // It would report a fault:
    await writeFile(
      join(directory, 'toehold.service'),
      systemdUnit(SPEC, 'user').replace('KillMode=process', 'KillMode=nobody'),
    );
    const { stderr } = await run('systemd-analyze', [
      'verify',
      '--man=no',
      join(directory, 'toehold.service'),
    ]);
    expect(stderr).toMatch(/toehold\.service:\d+: .*kill mode/i);
  },
);

test('the advice names linger for a user’s unit, and root for a system unit that runs as root', () => {
  const target = { configHome: '/home/ann/.config', userName: 'ann' };
  const own = systemdPlan(SPEC, { ...target, scope: 'user' });
  expect(own.path).toBe('/home/ann/.config/systemd/user/toehold.service');
  expect(own.advice.join(' ')).toContain('loginctl enable-linger ann');
  const whole = systemdPlan(SPEC, { ...target, scope: 'system' });
  expect(whole.path).toBe('/etc/systemd/system/toehold.service');
  expect(whole.advice.join(' ')).toContain('run as root');
  expect(whole.start).toContainEqual(['systemctl', 'enable', 'toehold.service']);
});
