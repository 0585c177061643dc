import { beforeEach, describe, expect, it } from 'vitest';
import type { Role } from '../../../src/core/access.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { overriding } from '../../support/overriding.ts';
import { callerOf } from '../caller.ts';

interface AuditPage {
  readonly nodes: { readonly input: string; readonly cursor: string }[];
  readonly edges: { readonly cursor: string }[];
  readonly pageInfo: { readonly startCursor: string; readonly endCursor: string };
}

let plane: ControlPlane;
beforeEach(async () => {
  plane = await startControlPlane();
});

const TOKEN = 'token { id name kind role createdAt expiresAt lastUsedAt }';
const SUCCESS: Readonly<Record<string, string>> = {
  createToken: `text ${TOKEN}`,
  revokeToken: TOKEN,
  createLoginLink: 'url expiresAt',
};

/** Carries out a mutation and returns its result. */
async function carryOut(
  field: string,
  input: object,
  role: Role = 'ADMIN',
): Promise<Record<string, unknown>> {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}`;
  const text = `mutation M($input: ${type}Input!) {
    result: ${field}(input: $input) {
      __typename
      ... on ${type}Success { ${SUCCESS[field]} }
      ... on Error { code message }
      ... on InvalidInputError { path }
    }
  }`;
  const { data, errors } = await callerOf(plane, role).call(text, { input });
  expect(errors).toBeUndefined();
  return (data as { result: Record<string, unknown> }).result;
}

describe('createToken', () => {
  it('creates a valid token, and returns its text only this once', async () => {
    const expiresAt = '2999-01-01T00:00:00.000Z';
    const made = await carryOut('createToken', { name: 'CI of anna', role: 'OPERATOR', expiresAt });
    expect(made).toMatchObject({
      __typename: 'CreateTokenSuccess',
      text: expect.stringMatching(/^toe_[a-z0-9]{10}_[\w-]{43}$/),
      token: { name: 'CI of anna', kind: 'TOKEN', role: 'OPERATOR', expiresAt, lastUsedAt: null },
    });
    expect(plane.access.authenticate(String(made.text))).toMatchObject({
      name: 'CI of anna',
      role: 'OPERATOR',
    });
  });

  it('A10: is refused for a run of an app, whose access must end with it', async () => {
    const { viewer } = callerOf(plane, 'ADMIN');
    const run = callerOf(plane, 'ADMIN', { viewer: { ...viewer, kind: 'RUN' } });
    const { errors } = await run.call(
      'mutation { createToken(input: { name: "stays", role: ADMIN }) { __typename } }',
    );
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    expect(plane.access.tokens().map(({ name }) => name)).not.toContain('stays');
  });

  it('creates a token that is valid until it is revoked if no expiry is given', async () => {
    const made = await carryOut('createToken', { name: 'CI', role: 'VIEWER' });
    expect(made).toMatchObject({ token: { expiresAt: null } });
    expect(await carryOut('createToken', { name: 'CI', role: 'VIEWER', expiresAt: null })).toMatchObject({
      token: { expiresAt: null },
    });
  });

  it.each([
    ['', ['name'], /1 to 63 letters/],
    [' CI', ['name'], /begins with a letter or number/],
    ['a'.repeat(64), ['name'], /1 to 63 letters/],
    ['a\nb', ['name'], /1 to 63 letters/],
  ])('refuses the name %j', async (name, path, message) => {
    expect(await carryOut('createToken', { name, role: 'VIEWER' })).toMatchObject({
      ...{ __typename: 'InvalidInputError', code: 'INVALID_INPUT', path },
      message: expect.stringMatching(message),
    });
  });

  it('refuses an expiry in the past, and says the current time', async () => {
    const input = { name: 'CI', role: 'VIEWER', expiresAt: '2001-01-01T00:00:00Z' };
    const before = plane.access.tokens().length;
    expect(await carryOut('createToken', input)).toMatchObject({
      ...{ __typename: 'InvalidInputError', path: ['expiresAt'] },
      message: expect.stringMatching(/"expiresAt" is 2001-01-01T00:00:00.000Z, and it is 2\d{3}-.* now$/),
    });
    // The token of the request.
    expect(plane.access.tokens()).toHaveLength(before + 1);
  });
});

describe('revokeToken', () => {
  it('revokes a token immediately', async () => {
    const { token, text } = plane.access.create({ name: 'CI', role: 'VIEWER', expiresAt: null });
    const ended = plane.access.authenticate(text)?.ended;
    expect(await carryOut('revokeToken', { id: token.id })).toMatchObject({
      ...{ __typename: 'RevokeTokenSuccess', token: { id: token.id, name: 'CI', kind: 'TOKEN' } },
    });
    expect(ended?.aborted).toBe(true);
    expect(plane.access.authenticate(text)).toBeNull();
    expect(await carryOut('revokeToken', { id: token.id })).toMatchObject({
      ...{ __typename: 'InvalidInputError', path: ['id'] },
      message: `There is no token with the id "${token.id}": "tokens" lists those there are`,
    });
  });
});

describe('createLoginLink', () => {
  it('creates a link with the host of the request, for one session with the viewer’s role', async () => {
    const made = await carryOut('createLoginLink', {}, 'OPERATOR');
    expect(made).toMatchObject({ __typename: 'CreateLoginLinkSuccess', expiresAt: expect.any(String) });
    const url = new URL(String(made.url));
    expect(`${url.origin}${url.pathname}`).toBe('http://localhost:3000/login');
    const session = plane.access.redeemLink(url.searchParams.get('once') ?? '');
    expect(session?.token).toMatchObject({ kind: 'SESSION', role: 'OPERATOR' });
  });

  it('has the host of the request over HTTP and WebSocket', async () => {
    const query = 'mutation { createLoginLink(input: {}) { ... on CreateLoginLinkSuccess { url } } }';
    const overHttp = await plane.data<{ createLoginLink: { url: string } }>(query);
    expect(overHttp.createLoginLink.url).toMatch(`${plane.url}/login?once=`);
    const { value } = await plane.webSocket().iterate({ query }).next();
    expect(JSON.stringify(value)).toContain(`${plane.url}/login?once=`);
  });

  it('allows a lesser role, and never a greater one', async () => {
    const { url } = await carryOut('createLoginLink', { role: 'VIEWER' }, 'OPERATOR');
    const session = plane.access.redeemLink(new URL(String(url)).searchParams.get('once') ?? '');
    expect(session?.token.role).toBe('VIEWER');
    expect(await carryOut('createLoginLink', { role: 'ADMIN' }, 'OPERATOR')).toMatchObject({
      ...{ __typename: 'InvalidInputError', path: ['role'] },
      message:
        'You are OPERATOR, and cannot create a link for a higher role: request OPERATOR or less, not ADMIN',
    });
  });

  it('is refused for sessions, and if tokens are not required', async () => {
    const { url } = await carryOut('createLoginLink', {});
    const session = plane.access.redeemLink(new URL(String(url)).searchParams.get('once') ?? '');
    const viewer = plane.access.authenticate(session?.text ?? '');
    if (!viewer) throw new Error('The session is worth nothing');
    const local = { ...viewer, token: null, account: null, kind: null, name: 'local' };
    const text = 'mutation { createLoginLink(input: {}) { __typename } }';
    for (const [who, message] of [
      [viewer, /^Sessions and runs of apps cannot create login links/],
      [local, /this server does not require tokens/],
    ] as const) {
      const { errors } = await callerOf(plane, 'ADMIN', { viewer: who }).call(text);
      expect(errors).toMatchObject([
        { message: expect.stringMatching(message), extensions: { code: 'FORBIDDEN' } },
      ]);
    }
  });
});

it('an error of the database is an OperationFailedError with its message', async () => {
  const fail = () => {
    throw new Error('database or disk is full');
  };
  const access = overriding(plane.access, { create: fail, revoke: fail, createLink: fail });
  const { call } = callerOf(plane, 'ADMIN', { parts: { access } });
  const { data } = await call(`mutation {
    made: createToken(input: { name: "CI", role: VIEWER }) { ...Failed }
    revoked: revokeToken(input: { id: "x" }) { ... on Error { code message } }
    link: createLoginLink(input: {}) { ... on Error { code message } }
  }
  fragment Failed on CreateTokenResult { ... on Error { code message } }`);
  const code = 'OPERATION_FAILED';
  expect(data).toEqual({
    made: { code, message: 'The token could not be stored: database or disk is full' },
    revoked: { code, message: 'The token could not be revoked: database or disk is full' },
    link: { code, message: 'The link could not be created: database or disk is full' },
  });
});

it('tokens: all valid ones, oldest first, never with their texts', async () => {
  const { call } = callerOf(plane, 'ADMIN', { name: 'anna' });
  const made = plane.access.create({ name: 'CI', role: 'VIEWER', expiresAt: null });
  const gone = plane.access.create({ name: 'gone', role: 'VIEWER', expiresAt: null });
  plane.access.revoke(gone.token.id);
  const { data } = await call('{ tokens { id name kind role createdAt expiresAt lastUsedAt } }');
  const { tokens } = data as { tokens: { name: string; id: string }[] };
  expect(tokens.map(({ name }) => name).slice(-2)).toEqual(['anna', 'CI']);
  expect(tokens.at(-1)?.id).toBe(made.token.id);
});

describe('auditLog', () => {
  const ask = (args: string) =>
    callerOf(plane, 'ADMIN').call(
      `{ auditLog${args} {
        nodes { cursor at actor tokenId role action input outcome endedAt }
        edges { cursor }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      } }`,
    );

  const page = async (args: string) => {
    const { data, errors } = await ask(args);
    expect(errors).toBeUndefined();
    const { auditLog } = data as { auditLog: AuditPage };
    expect(auditLog.edges.map(({ cursor }) => cursor)).toEqual(auditLog.nodes.map(({ cursor }) => cursor));
    return { ...auditLog, ...auditLog.pageInfo, inputs: auditLog.nodes.map(({ input }) => input).join('') };
  };

  beforeEach(() => {
    for (const input of 'abcde') {
      plane.audit.begin({ actor: 'anna', token: 'x', role: 'ADMIN', action: 'startApp', input })('OK');
    }
  });

  it('shows who did what, with what outcome', async () => {
    expect((await page('(first: 1)')).nodes).toEqual([
      {
        ...{ cursor: expect.any(String), at: expect.any(String), endedAt: expect.any(String) },
        ...{ actor: 'anna', tokenId: 'x', role: 'ADMIN', action: 'startApp', input: 'a', outcome: 'OK' },
      },
    ]);
  });

  it('is paged forward and backward by cursors, oldest first', async () => {
    expect(await page('')).toMatchObject({ inputs: 'abcde', hasNextPage: false, hasPreviousPage: false });
    const one = await page('(first: 2)');
    expect(one).toMatchObject({ inputs: 'ab', hasNextPage: true, hasPreviousPage: false });
    const two = await page(`(first: 2, after: "${one.endCursor}")`);
    expect(two).toMatchObject({ inputs: 'cd', hasNextPage: true, hasPreviousPage: true });
    expect(await page(`(after: "${two.endCursor}")`)).toMatchObject({ inputs: 'e', hasNextPage: false });
    const end = await page('(last: 2)');
    expect(end).toMatchObject({ inputs: 'de', hasNextPage: false, hasPreviousPage: true });
    expect(await page(`(last: 2, before: "${end.startCursor}")`)).toMatchObject({ inputs: 'bc' });
  });

  it('refuses an invalid cursor, and a page that is too large', async () => {
    for (const cursor of [
      '',
      'nonsense',
      btoa('u:'),
      btoa('u:-1'),
      btoa('r:1'),
      btoa('u:9999999999999999'),
    ]) {
      const { errors } = await ask(`(after: "${cursor}")`);
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_CURSOR' } }]);
    }
    expect((await ask('(first: 1001)')).errors).toMatchObject([{ extensions: { code: 'INVALID_PAGE' } }]);
  });
});
