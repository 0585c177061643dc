import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../src/core/access.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { overriding } from '../support/overriding.ts';
import { until } from '../support/until.ts';
import { callerOf } from './caller.ts';
import { mutationFields } from './root-fields.ts';

function entries(plane: ControlPlane): readonly AuditEntry[] {
  return plane.audit.page({ after: null, before: null, limit: 1_000, forward: true }).entries;
}

const START = 'mutation { startApp(input: { app: { name: "alpha" } }) { __typename } }';

describe('every mutation', () => {
  it('is recorded with its actor, action and outcome', async () => {
    const plane = await startControlPlane();
    const { viewer, call } = callerOf(plane, 'ADMIN', { name: 'anna' });
    for (const { document, variables } of mutationFields()) await call(document, variables);
    const outcomes: Readonly<Record<string, string>> = {
      createLoginLink: 'OK',
      createToken: 'OK',
      revokeToken: 'INVALID_INPUT',
    };
    const kept = entries(plane).map((entry) => ({ ...entry, input: JSON.parse(entry.input) }));
    expect(kept).toMatchObject(
      mutationFields().map(({ name, variables }, index) => ({
        ...{ seq: index + 1, at: expect.any(Number), endedAt: expect.any(Number) },
        ...{ actor: 'anna', token: viewer.token, role: 'ADMIN', action: name, input: variables },
        outcome: outcomes[name] ?? 'APP_NOT_FOUND',
      })),
    );
  });

  it('is recorded as FORBIDDEN if it is refused', async () => {
    const plane = await startControlPlane();
    const { call } = callerOf(plane, 'VIEWER');
    for (const { document, variables } of mutationFields()) await call(document, variables);
    expect(entries(plane).map(({ action, role, outcome }) => [action, role, outcome])).toEqual(
      mutationFields().map(({ name }) => [name, 'VIEWER', name === 'createLoginLink' ? 'OK' : 'FORBIDDEN']),
    );
  });

  it('is not carried out if it cannot be recorded, and says why', async () => {
    const plane = await startControlPlane();
    await plane.addApp('alpha');
    const begin = () => {
      throw new Error('database or disk is full');
    };
    const { call } = callerOf(plane, 'ADMIN', { parts: { audit: { ...plane.audit, begin } } });
    for (const { name, document, variables } of mutationFields()) {
      const { data } = await call(document, { ...variables });
      expect(data?.[name]).toEqual({ __typename: 'OperationFailedError' });
    }
    const { data } = await call(
      'mutation { stopApp(input: { app: { name: "alpha" }, wait: true }) { ... on Error { code message } } }',
    );
    expect(data?.stopApp).toEqual({
      code: 'OPERATION_FAILED',
      message: 'Nothing has changed: the audit log could not be written (database or disk is full)',
    });
    expect(plane.control.supervisor.app({ name: 'alpha' })?.desiredState).toBe('RUNNING');
  });
});

describe('a mutation that was carried out and that the disk does not confirm', () => {
  const PROBLEM = 'The disk did not confirm what was committed (EIO): a power cut could take it';
  const document =
    'mutation { stopApp(input: { app: { name: "alpha" }, wait: true }) { __typename ... on Error { code message } } }';

  it('says that it was carried out and may not be durable', async () => {
    const plane = await startControlPlane();
    await plane.addApp('alpha');
    const clock = createManualClock();
    const durability = { problem: () => PROBLEM, confirmed: () => new Promise<void>(() => {}) };
    const { call } = callerOf(plane, 'OPERATOR', { parts: { durability, clock } });
    const answer = call(document);
    await until(() => clock.pending() > 0, 'it waits for the disk');
    await clock.advance(5_000);
    const { data } = await answer;
    expect(data?.stopApp).toEqual({
      __typename: 'OperationFailedError',
      code: 'OPERATION_FAILED',
      message: `It is done, and not known yet to last. ${PROBLEM}. /readyz says when it is confirmed`,
    });
    expect(plane.control.supervisor.app({ name: 'alpha' })?.state).toBe('STOPPED');
  });

  it('returns its success if the disk confirms it in time', async () => {
    const plane = await startControlPlane();
    await plane.addApp('alpha');
    let problem: string | null = PROBLEM;
    const confirmed = async () => {
      problem = null;
    };
    const durability = { problem: () => problem, confirmed };
    const { call } = callerOf(plane, 'OPERATOR', { parts: { durability } });
    expect((await call(document)).data?.stopApp).toEqual({ __typename: 'StopAppSuccess' });
  });
});

it('two mutations of one request are two entries, each under its field whatever its alias', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const { call } = callerOf(plane, 'OPERATOR');
  await call(`mutation {
    one: stopApp(input: { app: { name: "alpha" }, wait: true }) { __typename }
    two: startApp(input: { app: { name: "alpha" }, wait: true }) { __typename }
  }`);
  expect(entries(plane).map(({ action, outcome }) => [action, outcome])).toEqual([
    ['stopApp', 'OK'],
    ['startApp', 'OK'],
  ]);
});

it.each([
  ['VIEWER', 'createLoginLink', 'mutation { createLoginLink(input: {}) { __typename } }', 'OK'],
  ['VIEWER', 'startApp', START, 'FORBIDDEN'],
  [
    'OPERATOR',
    'removeApp',
    'mutation { removeApp(input: { app: { name: "a" } }) { __typename } }',
    'FORBIDDEN',
  ],
] as const)('no %s fills the log with %s', async (role, action, document, outcome) => {
  const plane = await startControlPlane();
  const { call } = callerOf(plane, role);
  for (let count = 0; count < 60; count += 1) await call(document);
  for (let count = 0; count < 3; count += 1) {
    const { errors } = await call(document);
    expect(errors?.[0]?.extensions.code).toBe('RATE_LIMITED');
    expect(errors?.[0]?.message).toContain(`called ${action} and similar mutations`);
  }
  const outcomes = entries(plane).map((entry) => [entry.action, entry.outcome]);
  expect(outcomes).toEqual([...Array(60).fill([action, outcome]), [action, 'RATE_LIMITED']]);
  expect((await callerOf(plane, role).call(document)).errors?.[0]?.extensions.code).not.toBe('RATE_LIMITED');
});

it('mutations that the role allows have no such limit', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const { call } = callerOf(plane, 'OPERATOR');
  for (let count = 0; count < 70; count += 1) expect((await call(START)).errors).toBeUndefined();
  expect(entries(plane)).toHaveLength(70);
});

it('a mutation is not carried out if an earlier one in the same request revoked the token', async () => {
  const plane = await startControlPlane();
  const { viewer, call } = callerOf(plane, 'ADMIN');
  const { data, errors } = await call(`mutation {
    revokeToken(input: { id: "${viewer.token}" }) { __typename }
    createToken(input: { name: "back door", role: ADMIN }) { __typename }
  }`);
  expect(data).toBeNull();
  expect(errors?.map(({ path, extensions }) => [path, extensions.code])).toEqual([
    [['createToken'], 'UNAUTHENTICATED'],
  ]);
  expect(plane.access.tokens().map(({ name }) => name)).not.toContain('back door');
  expect(entries(plane).map(({ action }) => action)).toEqual(['revokeToken']);
});

it('is there while the mutation is in progress, without an outcome', async () => {
  let letItStart = () => {};
  const may = new Promise<void>((resolve) => {
    letItStart = resolve;
  });
  const plane = await startControlPlane({
    wrap: (control) =>
      overriding(control, {
        supervisor: overriding(control.supervisor, {
          start: async (ref, options) => {
            await may;
            return control.supervisor.start(ref, options);
          },
        }),
      }),
  });
  await plane.addApp('alpha');
  const answer = callerOf(plane, 'OPERATOR').call(START);
  await until(() => entries(plane).length > 0, 'the entry is there');
  expect(entries(plane)).toMatchObject([{ action: 'startApp', outcome: null, endedAt: null }]);
  letItStart();
  await answer;
  expect(entries(plane)).toMatchObject([{ outcome: 'OK', endedAt: expect.any(Number) }]);
});

it.each([
  [new Error('a bug'), 'INTERNAL_SERVER_ERROR'],
  [new GraphQLError('no code'), 'INTERNAL_SERVER_ERROR'],
  [new GraphQLError('coded', { extensions: { code: 'APP_NOT_FOUND' } }), 'APP_NOT_FOUND'],
])('the outcome of a thrown error is its code: %s', async (error, outcome) => {
  const plane = await startControlPlane({
    wrap: (control) =>
      overriding(control, {
        supervisor: overriding(control.supervisor, { start: () => Promise.reject(error) }),
      }),
  });
  const { errors } = await callerOf(plane, 'OPERATOR').call(START);
  expect(errors).toHaveLength(1);
  expect(entries(plane)).toMatchObject([{ outcome }]);
});

describe('the input', () => {
  it('has the arguments as a client writes them', async () => {
    const plane = await startControlPlane();
    const text = `mutation Create($role: Role!) {
      createToken(input: { name: "CI", role: $role, expiresAt: "2999-01-01T01:00:00+01:00" }) { __typename }
    }`;
    await callerOf(plane, 'ADMIN').call(text, { role: 'VIEWER' });
    expect(entries(plane).map(({ input }) => JSON.parse(input))).toEqual([
      { input: { name: 'CI', role: 'VIEWER', expiresAt: '2999-01-01T00:00:00.000Z' } },
    ]);
  });

  it('never has the text of a created token, or the secret of a link', async () => {
    const plane = await startControlPlane();
    const { call } = callerOf(plane, 'ADMIN');
    const { data } = await call(
      `mutation {
        createToken(input: { name: "CI", role: VIEWER }) { ... on CreateTokenSuccess { text } }
        createLoginLink(input: {}) { ... on CreateLoginLinkSuccess { url } }
      }`,
    );
    const made = data as { createToken: { text: string }; createLoginLink: { url: string } };
    const kept = JSON.stringify(entries(plane));
    expect(made.createToken.text).toMatch(/^toe_/);
    expect(kept).not.toContain(made.createToken.text.slice('toe_0123456789_'.length));
    expect(kept).not.toContain(new URL(made.createLoginLink.url).searchParams.get('once'));
  });

  it.each([126, 127, 128])(
    'has texts of at most 128 characters, and does not cut a symbol in half: %i letters',
    async (letters) => {
      const plane = await startControlPlane();
      const text =
        'mutation R($name: String!) { renameApp(input: { app: { name: $name }, name: "b" }) { __typename } }';
      await callerOf(plane, 'ADMIN').call(text, { name: 'a'.repeat(letters) + '🐢'.repeat(2_000) });
      const { input } = JSON.parse(entries(plane)[0]?.input ?? '');
      expect(input).toEqual({ app: { name: expect.stringMatching(/^a{126,127}…$/) }, name: 'b' });
    },
  );

  it('is cut off as a whole, too', async () => {
    const plane = await startControlPlane();
    // Each of these characters takes six in JSON.
    const text =
      'mutation R($name: String!, $id: ID!) { renameApp(input: { app: { name: $name }, name: $name }) { __typename } revokeToken(input: { id: $id }) { __typename } }';
    await callerOf(plane, 'ADMIN').call(text, { name: '\u0001'.repeat(500), id: 'x' });
    const input = entries(plane)[0]?.input ?? '';
    expect(input).toHaveLength(1_024);
    expect(input.endsWith('…')).toBe(true);
  });
});

it('a request whose mutations are all refused is one entry, however many it has', async () => {
  const plane = await startControlPlane();
  const many = Array.from({ length: 20 }, (_, n) => `a${n}: ${START.slice(11, -1)}`).join(' ');
  const { errors } = await callerOf(plane, 'VIEWER').call(`mutation { ${many} }`);
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  expect(entries(plane).map(({ action, outcome }) => [action, outcome])).toEqual([['startApp', 'FORBIDDEN']]);
});
