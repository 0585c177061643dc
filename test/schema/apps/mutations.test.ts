import { beforeEach, describe, expect, it } from 'vitest';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { overriding } from '../../support/overriding.ts';
import { MANIFEST } from '../../support/scripted-files.ts';

let plane: ControlPlane;
beforeEach(async () => {
  plane = await startControlPlane({ times: { restartDelays: [60_000], stopGrace: 60_000 } });
});

/** Carries out a mutation on one app and returns its result. */
async function carryOut(
  field: string,
  input: object,
  app = 'app { name state icon port { port } release { name } }',
): Promise<{ __typename: string; [key: string]: unknown }> {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}`;
  const selection = field === 'removeApp' ? 'appId appName' : app;
  const text = `mutation M($input: ${type}Input!) {
    result: ${field}(input: $input) {
      __typename
      ... on ${type}Success { ${selection} }
      ... on Error { code message }
      ... on AppNotFoundError { id name }
      ${EXTRAS[field] ?? ''}
    }
  }`;
  return (await plane.data<{ result: { __typename: string } }>(text, { input })).result;
}

const EXTRAS: Readonly<Record<string, string>> = {
  startApp: '... on StartFailedError { exit { code reason } tail { text } }',
  renameApp: '... on InvalidInputError { path } ... on AppBusyError { state }',
  setAppIcon: '... on InvalidInputError { path }',
  activateRelease: '... on InvalidInputError { path }',
  grantAppAccess: '... on InvalidInputError { path }',
  assignPort: '... on InvalidInputError { path } ... on PortUnavailableError { holder { pid command } }',
};

const alpha = { name: 'alpha' };

describe.each([
  ['startApp', {}],
  ['stopApp', {}],
  ['restartApp', {}],
  ['renameApp', { name: 'omega' }],
  ['setAppIcon', { icon: '🐢' }],
  ['removeApp', {}],
  ['activateRelease', { release: '20260101-000000' }],
  ['assignPort', { port: 3005 }],
  ['grantAppAccess', { role: 'OPERATOR' }],
])('%s', (field, rest) => {
  it('returns an AppNotFoundError for an unknown app, which names what was asked for', async () => {
    const unknown = [{ name: 'nobody' }, { id: btoa('App:77') }, { id: 'nonsense' }, { id: btoa('Run:1') }];
    for (const app of unknown) {
      const [asked] = Object.entries(app).map(([key, value]) =>
        key === 'name' ? `named "${value}"` : `with the id "${value}"`,
      );
      expect(await carryOut(field, { app, ...rest })).toEqual({
        __typename: 'AppNotFoundError',
        code: 'APP_NOT_FOUND',
        message: `App not found: there is no app ${asked}`,
        ...{ id: null, name: null, ...app },
      });
    }
  });

  it('requires exactly one of id and name', async () => {
    for (const app of [{}, { name: 'alpha', id: btoa('App:1') }, { name: null }]) {
      const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input`;
      const text = `mutation M($input: ${type}!) { ${field}(input: $input) { __typename } }`;
      const { errors } = await plane.query(text, { input: { app, ...rest } });
      expect(errors[0]?.message).toMatch(/Exactly one key must be specified|must be non-null/);
    }
  });
});

it('start, stop and restart return the app as it is then', async () => {
  await plane.addApp('alpha');
  expect(await carryOut('startApp', { app: alpha, wait: true })).toMatchObject({
    __typename: 'StartAppSuccess',
    app: { name: 'alpha', state: 'RUNNING' },
  });
  expect(await carryOut('stopApp', { app: alpha, wait: true })).toMatchObject({
    __typename: 'StopAppSuccess',
    app: { state: 'STOPPED' },
  });
  expect(await carryOut('restartApp', { app: alpha, wait: true })).toMatchObject({
    __typename: 'RestartAppSuccess',
    app: { state: 'RUNNING' },
  });
});

it('a failed start is a StartFailedError with the exit and the last lines', async () => {
  await plane.addApp('alpha');
  await carryOut('stopApp', { app: alpha, wait: true });
  plane.driver.behave('*', { start: { exits: 3 } });
  expect(await carryOut('startApp', { app: alpha, wait: true })).toMatchObject({
    __typename: 'StartFailedError',
    code: 'START_FAILED',
    exit: { code: 3, reason: 'EXITED' },
    tail: expect.arrayContaining([{ text: 'Starting on port 3001...' }]),
  });
});

it('an app with an invalid manifest is not started: AppInvalidError', async () => {
  plane.folders.put('alpha', { manifest: { ok: false, error: 'Missing scripts.toes in package.json' } });
  expect(await carryOut('startApp', { app: alpha })).toMatchObject({
    __typename: 'AppInvalidError',
    code: 'APP_INVALID',
    message: expect.stringContaining('Missing scripts.toes in package.json'),
  });
});

it('A18: renames, or returns a typed error', async () => {
  await plane.addApp('alpha');
  await plane.addApp('bravo');
  expect(await carryOut('renameApp', { app: alpha, name: 'bravo' })).toEqual({
    __typename: 'NameTakenError',
    code: 'NAME_TAKEN',
    message: 'An app with that name already exists',
  });
  expect(await carryOut('renameApp', { app: alpha, name: '../evil' })).toEqual({
    __typename: 'InvalidInputError',
    code: 'NAME_INVALID',
    message: 'Name must start with a letter and contain only lowercase letters, numbers, and hyphens',
    path: ['name'],
  });
  plane.folders.failNext('rename', 'EACCES: permission denied');
  expect(await carryOut('renameApp', { app: alpha, name: 'omega' })).toEqual({
    __typename: 'OperationFailedError',
    code: 'RENAME_FAILED',
    message: 'Failed to rename directory: EACCES: permission denied',
  });
  expect(await carryOut('renameApp', { app: alpha, name: 'omega' })).toMatchObject({
    __typename: 'RenameAppSuccess',
    app: { name: 'omega' },
  });
});

it('A19: sets the icon, and null restores the default', async () => {
  await plane.addApp('alpha');
  expect(await carryOut('setAppIcon', { app: alpha, icon: '🐢' })).toMatchObject({ app: { icon: '🐢' } });
  expect(await carryOut('setAppIcon', { app: alpha, icon: null })).toMatchObject({ app: { icon: '🖥️' } });
  await carryOut('setAppIcon', { app: alpha, icon: '🐢' });
  expect(await carryOut('setAppIcon', { app: alpha })).toMatchObject({ app: { icon: '🖥️' } });
  expect(await carryOut('setAppIcon', { app: alpha, icon: 'a'.repeat(99) })).toMatchObject({
    __typename: 'InvalidInputError',
    code: 'ICON_INVALID',
    path: ['icon'],
  });
});

it('removes an app, and returns its id and name', async () => {
  await plane.addApp('alpha');
  const { app } = await plane.data<{ app: { id: string } }>('{ app(by: { name: "alpha" }) { id } }');
  expect(await carryOut('removeApp', { app: { id: app.id } })).toEqual({
    __typename: 'RemoveAppSuccess',
    appId: app.id,
    appName: 'alpha',
  });
  expect(await plane.data('{ app(by: { name: "alpha" }) { id } }')).toEqual({ app: null });
});

it('activates a release, and lists the releases', async () => {
  plane.driver.behave('*', { start: 'listens' });
  plane.folders.put('alpha', { release: '20260101-000000', manifest: { ok: true, manifest: MANIFEST } });
  expect(
    await carryOut('activateRelease', { app: alpha, release: '20990101-000000', wait: true }),
  ).toMatchObject({
    __typename: 'InvalidInputError',
    code: 'RELEASE_NOT_FOUND',
    path: ['release'],
  });
  expect(
    await carryOut('activateRelease', { app: alpha, release: '20260102-000000', wait: true }),
  ).toMatchObject({
    __typename: 'ActivateReleaseSuccess',
    app: { release: { name: '20260102-000000' } },
  });
});

it('assigns a free port of the range to an app that is not running', async () => {
  await plane.addApp('alpha');
  await plane.addApp('bravo');
  await carryOut('stopApp', { app: alpha, wait: true });
  expect(await carryOut('assignPort', { app: alpha, port: 3050 })).toMatchObject({
    __typename: 'AssignPortSuccess',
    app: { port: { port: 3050 } },
  });
  expect(await carryOut('assignPort', { app: alpha, port: 80 })).toMatchObject({
    __typename: 'InvalidInputError',
    code: 'INVALID_INPUT',
    path: ['port'],
  });
  expect(await carryOut('assignPort', { app: alpha, port: 3002 })).toMatchObject({
    __typename: 'PortUnavailableError',
    code: 'PORT_UNAVAILABLE',
  });
});

it('A5: grants an app the role that it requests, and removes it; without it, the warning names the command', async () => {
  await plane.addApp('alpha');
  plane.folders.put('alpha', { manifest: { ok: true, manifest: { ...MANIFEST, api: 'operator' } } });
  await carryOut('restartApp', { app: alpha, wait: true });
  const selection = 'app { warnings access { requested granted allowed effective } }';
  const grant = (role?: string | null) => carryOut('grantAppAccess', { app: alpha, role }, selection);
  const access = { requested: 'OPERATOR', granted: 'OPERATOR', allowed: 'OPERATOR', effective: 'OPERATOR' };
  expect(await grant('OPERATOR')).toMatchObject({ app: { warnings: [], access } });
  expect(await grant(null)).toMatchObject({
    app: {
      warnings: [expect.stringContaining('toehold grant alpha operator')],
      access: { requested: 'OPERATOR', granted: null, allowed: 'VIEWER', effective: 'VIEWER' },
    },
  });
  expect(await grant('VIEWER')).toMatchObject({
    app: { access: { granted: 'VIEWER', effective: 'VIEWER' } },
  });
  expect(await grant()).toMatchObject({ app: { access: { granted: null } } });
  expect(await grant('ADMIN')).toMatchObject({ __typename: 'InvalidInputError', path: ['role'] });
});

it('an error without a type in the result is an OperationFailedError with the same message', async () => {
  const busy = { code: 'APP_BUSY', message: 'It is being renamed', state: 'STOPPING' } as const;
  plane = await startControlPlane({
    wrap: (control) =>
      overriding(control, {
        supervisor: overriding(control.supervisor, { start: async () => ({ ok: false, error: busy }) }),
      }),
  });
  expect(await carryOut('startApp', { app: alpha })).toEqual({
    __typename: 'OperationFailedError',
    code: 'OPERATION_FAILED',
    message: 'It is being renamed',
  });
});
