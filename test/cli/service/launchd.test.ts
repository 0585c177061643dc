import { expect, test } from 'vitest';
import { launchdPlan, launchdPlist } from '../../../src/cli/service/launchd.ts';

const SPEC = {
  command: ['/usr/bin/node', '/srv/R&D <x>/main.js', 'serve'],
  workingDirectory: '/srv/data',
  environment: { TOEHOLD_ON_EXIT: 'detach', ODD: '<&>' },
  user: null,
};

test('a property list keeps runs running, and starts the server again', () => {
  const text = launchdPlist(SPEC, '/srv/data/.toehold/server.log').replace(/>\s+</g, '><');
  for (const key of ['RunAtLoad', 'KeepAlive', 'AbandonProcessGroup']) {
    expect(text).toContain(`<key>${key}</key><true/>`);
  }
  expect(text).toContain('<string>/srv/R&amp;D &lt;x&gt;/main.js</string>');
  expect(text).toContain('<key>ODD</key><string>&lt;&amp;&gt;</string>');
  expect(text).not.toContain('UserName');
  expect(launchdPlist({ ...SPEC, user: 'ann' }, '/x')).toContain('<key>UserName</key><string>ann</string>');
});

test('an agent belongs to a user, a daemon to the machine', () => {
  const target = { home: '/Users/ann', uid: 501, logFile: '/x' };
  expect(launchdPlan(SPEC, { ...target, scope: 'user' })).toMatchObject({
    path: '/Users/ann/Library/LaunchAgents/toehold.server.plist',
    start: [['-launchctl', 'bootout', 'gui/501/toehold.server'], expect.arrayContaining(['gui/501'])],
  });
  expect(launchdPlan(SPEC, { ...target, scope: 'system' }).path).toBe(
    '/Library/LaunchDaemons/toehold.server.plist',
  );
});
