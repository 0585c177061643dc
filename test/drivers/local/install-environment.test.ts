import { expect, test } from 'vitest';
import { installEnvironment, namesIn } from '../../../src/drivers/local/install-environment.ts';

const environmentOf = (app: Record<string, string>, named: readonly string[] = []) =>
  installEnvironment({ host: { PATH: '/bin', CI: 'false', TZ: 'UTC' }, app, named, mark: 'm-1' });

test('A10: an installation gets the host’s variables, CI=1 and the mark', () => {
  expect(environmentOf({})).toEqual({
    ...{ PATH: '/bin', TZ: 'UTC', CI: '1', TOEHOLD_RUN_ID: 'm-1' },
    ...{ COREPACK_ENABLE_DOWNLOAD_PROMPT: '0', COREPACK_ENABLE_AUTO_PIN: '0' },
  });
});

test.each([
  'npm_config_registry',
  'NPM_CONFIG_REGISTRY',
  'YARN_NPM_AUTH_TOKEN',
  'BUN_CONFIG_REGISTRY',
  'COREPACK_NPM_REGISTRY',
  'HTTPS_PROXY',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'PATH',
  'TMPDIR',
])('A10: %s of an app’s .env reaches its installation', (name) => {
  expect(environmentOf({ [name]: 'x' })[name]).toBe('x');
});

test.each(['NODE_OPTIONS', 'NODE_ENV', 'DATABASE_URL', 'NPM_TOKEN', 'PORT', 'LD_PRELOAD'])(
  'A10: %s of an app’s .env does not',
  (name) => {
    expect(environmentOf({ [name]: 'x' })).not.toHaveProperty(name);
  },
);

test('A10: what the package manager’s configuration names does, but never what decides how an app runs', () => {
  const names = namesIn(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: as it stands in the file
    '//registry/:_authToken=${NPM_TOKEN}\nplain=$BUN_TOKEN\nx=${MAYBE-none} ${NODE_OPTIONS}',
  );
  expect(names).toEqual(['NPM_TOKEN', 'BUN_TOKEN', 'MAYBE', 'NODE_OPTIONS']);
  const environment = environmentOf({ NPM_TOKEN: 't', NODE_OPTIONS: 'x', CI: 'no', OTHER: 'o' }, names);
  expect(environment).toMatchObject({ NPM_TOKEN: 't', CI: '1' });
  expect(environment).not.toHaveProperty('NODE_OPTIONS');
  expect(environment).not.toHaveProperty('OTHER');
});
