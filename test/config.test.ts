import { describe, expect, test } from 'vitest';
import { type Config, type ConfigSources, loadConfig } from '../src/config.ts';
import { DEFAULT_TIMES } from '../src/core/times.ts';

function load(env: NodeJS.ProcessEnv = {}, flags: ConfigSources['flags'] = {}): Config {
  const loaded = loadConfig({ env, flags, cwd: '/srv' });
  if (!loaded.ok) throw new Error(loaded.message);
  return loaded.config;
}

function refusal(env: NodeJS.ProcessEnv, flags: ConfigSources['flags'] = {}): string {
  const loaded = loadConfig({ env, flags, cwd: '/srv' });
  return loaded.ok ? 'taken' : loaded.message;
}

describe('A1: directories and port', () => {
  test('A1: without settings: ./apps, and port 3000 on loopback', () => {
    expect(load()).toMatchObject({
      dataDir: '/srv',
      appsDir: '/srv/apps',
      stateDir: '/srv/.toehold',
      host: 'localhost',
      socket: null,
      port: 3000,
    });
  });

  test('A1: DATA_DIR sets the directory of the apps and of the state', () => {
    expect(load({ DATA_DIR: 'data' })).toMatchObject({
      appsDir: '/srv/data/apps',
      stateDir: '/srv/data/.toehold',
    });
  });

  test('A1: APPS_DIR overrides DATA_DIR, and is made absolute', () => {
    expect(load({ DATA_DIR: '/data', APPS_DIR: './web/../mine' })).toMatchObject({
      dataDir: '/data',
      appsDir: '/srv/mine',
      stateDir: '/data/.toehold',
    });
  });

  test('A1: PORT, and 0 for any free port', () => {
    expect(load({ PORT: '8080' }).port).toBe(8080);
    expect(load({ PORT: '0' }).port).toBe(0);
  });
});

describe('A2: defaults', () => {
  test('A2: app ports, times, and retention', () => {
    expect(load()).toMatchObject({
      ports: { min: 3001, max: 3100 },
      times: DEFAULT_TIMES,
      onExit: 'stop',
      allowOutside: false,
      logRetention: 64 * 1024 * 1024,
      logMaxAge: null,
      runRetention: 1000,
      eventRetention: { events: 1_000_000, age: 90 * 86_400_000 },
      auditRetention: 90 * 86_400_000,
    });
  });

  test('a token is required, no other origins or host names are allowed, and apps run as the server', () => {
    expect(load()).toMatchObject({
      tokenFile: '/srv/.toehold/token',
      auth: true,
      allowedHosts: [],
      allowedOrigins: [],
      appUser: null,
      passEnv: [],
    });
  });

  test('A2: every time can be set', () => {
    const { times } = load({
      TOEHOLD_HEALTH_INTERVAL: '1s',
      TOEHOLD_HEALTH_TIMEOUT: '250ms',
      TOEHOLD_STOP_GRACE: '1.5s',
      TOEHOLD_STARTUP_TIMEOUT: '2m',
      TOEHOLD_INSTALL_TIMEOUT: '1h',
      TOEHOLD_STABLE_AFTER: '3s',
      TOEHOLD_WORKER_READY: '10 ms',
      TOEHOLD_RESTART_DELAYS: '100ms, 1s',
      TOEHOLD_PORT_PATIENCE: '5s',
      TOEHOLD_GONE_AFTER: '4s',
      TOEHOLD_INVALID_AFTER: '6s',
      TOEHOLD_GONE_KEPT: '365d',
      TOEHOLD_WATCH_SETTLE: '20ms',
      TOEHOLD_RESCAN_INTERVAL: '5s',
      TOEHOLD_TRASH_KEPT: '1d',
    });
    expect(times).toEqual({
      healthInterval: 1_000,
      healthTimeout: 250,
      stopGrace: 1_500,
      startupTimeout: 120_000,
      installTimeout: 3_600_000,
      stableAfter: 3_000,
      workerReady: 10,
      restartDelays: [100, 1_000],
      portPatience: 5_000,
      goneAfter: 4_000,
      invalidAfter: 6_000,
      goneKept: 365 * 86_400_000,
      watchSettle: 20,
      rescanInterval: 5_000,
      trashKept: 86_400_000,
    });
  });
});

describe('values', () => {
  test.each([
    ['PORT', '65535', { port: 65_535 }],
    ['HOST', '::1', { host: '::1' }],
    ['HOST', '[::1]', { host: '::1' }],
    ['HOST', 'localhost', { host: 'localhost' }],
    ['HOST', '127.0.0.1', { host: '127.0.0.1' }],
    ['HOST', '127.8.9.10', { host: '127.8.9.10' }],
    ['HOST', '0.0.0.0', { host: '0.0.0.0' }],
    ['HOST', '0:0:0:0:0:0:0:1', { host: '::1' }],
    ['HOST', 'Apps.Example.com', { host: 'apps.example.com' }],
    ['TOEHOLD_SOCKET', 'run/toehold.sock', { socket: '/srv/run/toehold.sock' }],
    ['TOEHOLD_TOKEN_FILE', 'secret/token', { tokenFile: '/srv/secret/token' }],
    ['TOEHOLD_NO_AUTH', 'yes', { auth: false }],
    ['TOEHOLD_NO_AUTH', 'no', { auth: true }],
    ['TOEHOLD_ALLOWED_HOSTS', 'a.example, B.example', { allowedHosts: ['a.example', 'b.example'] }],
    [
      'TOEHOLD_ALLOWED_ORIGINS',
      'https://UI.example/,http://localhost:5173',
      { allowedOrigins: ['https://ui.example', 'http://localhost:5173'] },
    ],
    ['TOEHOLD_APP_USER', 'www-data', { appUser: 'www-data' }],
    ['TOEHOLD_PASS_ENV', 'NODE_ENV, AWS_*', { passEnv: ['NODE_ENV', 'AWS_*'] }],
    ['TOEHOLD_AUDIT_RETENTION', '1d', { auditRetention: 86_400_000 }],
    ['TOEHOLD_PORTS', '4000-4000', { ports: { min: 4000, max: 4000 } }],
    ['TOEHOLD_ON_EXIT', 'detach', { onExit: 'detach' }],
    ['TOEHOLD_ALLOW_OUTSIDE', 'true', { allowOutside: true }],
    ['TOEHOLD_ALLOW_OUTSIDE', '0', { allowOutside: false }],
    ['TOEHOLD_LOG_RETENTION', '1gb', { logRetention: 2 ** 30 }],
    ['TOEHOLD_LOG_MAX_AGE', '30d', { logMaxAge: 30 * 86_400_000 }],
    ['TOEHOLD_LOG_MAX_AGE', 'off', { logMaxAge: null }],
    ['TOEHOLD_EVENT_RETENTION', '10, 1d', { eventRetention: { events: 10, age: 86_400_000 } }],
  ])('%s=%s', (variable, text, expected) => {
    expect(load({ [variable]: text })).toMatchObject(expected);
  });

  test('an empty variable counts as unset', () => {
    expect(load({ PORT: '', DATA_DIR: '' })).toMatchObject({ port: 3000, dataDir: '/srv' });
  });

  test('a flag overrides the variable', () => {
    expect(load({ PORT: '1', DATA_DIR: '/env' }, { port: '2', dataDir: '/flag' })).toMatchObject({
      port: 2,
      dataDir: '/flag',
    });
  });
});

describe('a bad value', () => {
  test.each([
    ['PORT', '65536', 'PORT is "65536": it must be a whole number from 0 to 65535, such as 3000'],
    ['PORT', '3000x', 'PORT is "3000x": it must be a whole number from 0 to 65535, such as 3000'],
    ['PORT', '-1', 'PORT is "-1": it must be a whole number from 0 to 65535, such as 3000'],
    [
      'TOEHOLD_PORTS',
      '3100-3001',
      'TOEHOLD_PORTS is "3100-3001": it must be two ports from 1 to 65535 separated by a hyphen, such as 3001-3100',
    ],
    ['TOEHOLD_ON_EXIT', 'kill', 'TOEHOLD_ON_EXIT is "kill": it must be stop or detach'],
    ['TOEHOLD_ALLOW_OUTSIDE', 'maybe', 'TOEHOLD_ALLOW_OUTSIDE is "maybe": it must be yes or no'],
    [
      'TOEHOLD_STOP_GRACE',
      '10',
      'TOEHOLD_STOP_GRACE is "10": it must be a time from 10ms to 24d, such as 10s (units: ms, s, m, h, d)',
    ],
    [
      'TOEHOLD_LOG_RETENTION',
      '1KB',
      'TOEHOLD_LOG_RETENTION is "1KB": it must be a size from 64KB to 1024GB, such as 64MB (units: B, KB, MB, GB)',
    ],
    [
      'TOEHOLD_RESTART_DELAYS',
      '1s,,2s',
      'TOEHOLD_RESTART_DELAYS is "1s,,2s": it must be times separated by commas, such as 1s,2s,4s (units: ms, s, m, h, d)',
    ],
    [
      'TOEHOLD_EVENT_RETENTION',
      '90d',
      'TOEHOLD_EVENT_RETENTION is "90d": it must be a number of events and a time separated by a comma, such as 1000000,90d',
    ],
  ])('%s=%s is one line that says what it must be', (variable, text, line) => {
    expect(refusal({ [variable]: text })).toBe(line);
  });

  test.each(['127.0.0.256', '1.2.3', 'fe80::1%eth0', 'two words', 'http://host', 'host:80', '-host'])(
    'HOST=%s is refused: it is not an address or a name',
    (host) => {
      expect(refusal({ HOST: host })).toBe(
        `HOST is "${host}": it must be an address or a host name, such as 127.0.0.1, ::1 or localhost`,
      );
    },
  );

  test.each(['TOEHOLD_*', 'TOEHOLD_TOKEN', 'NODE_ENV,TOEHOLD_APP_USER', 'TOE*', '*', 'A*B', 'A=B', 'A,,B'])(
    'A10: TOEHOLD_PASS_ENV=%s is refused',
    (names) => {
      expect(refusal({ TOEHOLD_PASS_ENV: names, TOEHOLD_APP_USER: 'www-data' })).toBe(
        `TOEHOLD_PASS_ENV is "${names}": it must be names of variables separated by commas, such as NODE_ENV,AWS_*, and none of TOEHOLD_*, which no app gets`,
      );
    },
  );

  test('A10: TOEHOLD_PASS_ENV without an app user is a warning', () => {
    expect(load({ TOEHOLD_PASS_ENV: 'NODE_ENV' }).warnings).toEqual([
      'TOEHOLD_PASS_ENV has no effect without TOEHOLD_APP_USER: apps get all variables except the server’s settings',
    ]);
    expect(load({ TOEHOLD_PASS_ENV: 'NODE_ENV', TOEHOLD_APP_USER: 'www-data' }).warnings).toEqual([]);
  });

  test.each(['example.com:3000', '*', 'a.example,', 'https://a.example'])(
    'TOEHOLD_ALLOWED_HOSTS=%s is refused',
    (hosts) => {
      expect(refusal({ TOEHOLD_ALLOWED_HOSTS: hosts })).toContain('it must be host names without a port');
    },
  );

  test.each([
    '*',
    'null',
    'ui.example',
    'https://ui.example/path',
    'https://a:b@ui.example',
    'ftp://ui.example',
  ])('TOEHOLD_ALLOWED_ORIGINS=%s is refused', (origins) => {
    expect(refusal({ TOEHOLD_ALLOWED_ORIGINS: origins })).toContain('it must be origins separated by commas');
  });

  test.each(['0.0.0.0', '192.168.1.5', '::', 'example.org', '127.0.0.1.evil.example'])(
    'TOEHOLD_NO_AUTH with HOST=%s is refused: other machines could reach it',
    (host) => {
      const rest = `is yes and HOST is ${host}, which other machines reach: set HOST to 127.0.0.1, ::1, or localhost`;
      expect(refusal({ HOST: host, TOEHOLD_NO_AUTH: 'yes' })).toBe(`TOEHOLD_NO_AUTH ${rest}`);
      expect(refusal({ HOST: host }, { noAuth: 'yes' })).toBe(`--no-auth ${rest}`);
    },
  );

  test('a setting that lets others in is a warning', () => {
    expect(load({ HOST: '0.0.0.0' }).warnings).toEqual([expect.stringContaining('unencrypted')]);
    expect(load({ TOEHOLD_NO_AUTH: 'yes' }).warnings).toEqual([
      expect.stringContaining('no token is required'),
    ]);
    expect(load({ HOST: '::1' }).warnings).toEqual([]);
  });

  test('in a flag is reported with the name of the flag', () => {
    expect(refusal({}, { healthInterval: 'soon' })).toMatch(
      /^--health-interval is "soon": it must be a time /,
    );
  });

  test('is quoted and cut to one line', () => {
    expect(refusal({ PORT: `1\n${'2'.repeat(500)}` }).split('\n')).toHaveLength(1);
  });

  test('two bad values are two lines', () => {
    expect(refusal({ PORT: 'a', TOEHOLD_PORTS: 'b' }).split('\n')).toHaveLength(2);
  });
});

test('B-31: names every variable that is the control plane’s own', () => {
  const { environment, ownVariables } = load({ SECRET: 'mine', PORT: '1', TOEHOLD_PORTS: '1-2' });
  expect(environment).toEqual({ SECRET: 'mine', PORT: '1', TOEHOLD_PORTS: '1-2' });
  expect(ownVariables).toEqual(
    expect.arrayContaining(['DATA_DIR', 'APPS_DIR', 'PORT', 'HOST', 'TOEHOLD_PORTS']),
  );
});

test('a misspelled setting is a warning; variables of clients are not', () => {
  const { warnings } = load({ TOEHOLD_PORT: '1', TOEHOLD_URL: 'http://localhost:1', OTHER: '1' });
  expect(warnings).toEqual([
    'TOEHOLD_PORT is not a setting of this version and has no effect: the option --help of serve lists the settings',
  ]);
});

test('knows the version of the package', () => {
  expect(load().version).toMatch(/^\d+\.\d+\.\d+/);
});
