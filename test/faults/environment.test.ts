import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { sharedServer } from '../support/whole-server.ts';

const server = sharedServer({
  bystander: false,
  env: {
    ...{ HOST: '127.0.0.1', TOEHOLD_ON_EXIT: 'stop', TOEHOLD_TOKEN: 'secret', TOEHOLD_NEW_SECRET: 'secret' },
    ...{ TOEHOLD_ALLOWED_HOSTS: 'secret.example', TOEHOLD_ALLOWED_ORIGINS: 'https://secret.example' },
    ...{ CREDENTIALS_DIRECTORY: '/run/credentials/secret', NOTIFY_SOCKET: '/run/secret' },
    ...{
      npm_config_user_agent: 'npm',
      npm_lifecycle_event: 'start',
      npm_package_json: '/repo/package.json',
      INIT_CWD: '/somewhere',
    },
    ...{ FROM_HOST: 'host', OVERRIDDEN: 'host', PATH: `/repo/node_modules/.bin:${process.env.PATH}` },
  },
});

interface Seen {
  readonly environment: Record<string, string>;
  readonly cwd: string;
}

test('B-31, A10: a real app sees the host’s variables, then both .env files, then its own, and none of the control plane’s', async () => {
  const { addApp, appsDir, waitForState, command, url, directory } = server();
  const release = await addApp('env', { script: program('environment-server') });
  await command('stopApp', 'env');
  await writeFile(
    join(appsDir, 'env', '.env'),
    [
      'OVERRIDDEN=app',
      'APP_ONLY="two\\nlines"',
      'BOTH=app',
      'PORT=1',
      'TOEHOLD_RUN_ID=forged',
      'TOES_URL=x',
    ].join('\n'),
  );
  await writeFile(join(release, '.env'), "BOTH=release\nexport QUOTED='$HOME # no comment'\nNO_AUTOPORT=0\n");
  await command('startApp', 'env');
  const app = await waitForState('env', 'RUNNING');
  const { environment, cwd } = (await (await fetch(app.url ?? '')).json()) as Seen;
  expect(cwd).toBe(release);
  const { PATH, TOEHOLD_RUN_ID, HOME, TMPDIR, PWD, OLDPWD, SHLVL, _, ...rest } = environment;
  expect(rest).toEqual({
    ...{
      FROM_HOST: 'host',
      OVERRIDDEN: 'app',
      APP_ONLY: 'two\nlines',
      BOTH: 'release',
      QUOTED: '$HOME # no comment',
    },
    ...{ PORT: String(app.port?.port), NO_AUTOPORT: 'true', APPS_DIR: appsDir },
    TOES_URL: `http://127.0.0.1:${new URL(url).port}`,
  });
  expect(TOEHOLD_RUN_ID).toMatch(/^[0-9a-f]{12}-\d+$/);
  expect(PATH?.split(':')[0]).toBe(join(release, 'node_modules', '.bin'));
  expect(PATH).not.toContain('/repo/node_modules/.bin');
  expect(JSON.stringify(environment)).not.toContain('secret');
  expect(environment.DATA_DIR).toBeUndefined();
  expect(directory).not.toBe('');

  // It is read at each start.
  await writeFile(join(release, '.env'), 'BOTH=changed\n');
  await command('restartApp', 'env');
  const again = (await (await fetch(app.url ?? '')).json()) as Seen;
  expect(again.environment.BOTH).toBe('changed');
  expect(again.environment.TOEHOLD_RUN_ID).not.toBe(TOEHOLD_RUN_ID);
});

test('a .env that cannot be taken is the app’s error', async () => {
  const { addApp, waitForApp, appsDir, command } = server();
  await addApp('bad-env', { script: 'exec sleep 1000', toes: { port: false } });
  await command('stopApp', 'bad-env');
  await mkdir(join(appsDir, 'bad-env', '.env'));
  await command('startApp', 'bad-env', false);
  const { error } = await waitForApp('bad-env', 'backs off', ({ restart }) => restart !== null);
  expect(error).toMatch(/\.env/);
  await command('removeApp', 'bad-env');
});
