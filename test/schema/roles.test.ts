import { expect, it } from 'vitest';
import { roleOf } from '../../schema/roles.ts';
import { includesRole, ROLES, type Role } from '../../src/core/access.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { callerOf } from './caller.ts';
import { rootFields } from './root-fields.ts';

/** The role that each root field requires. Add new fields here. */
const NEEDED: Readonly<Record<string, Role>> = {
  'Query.app': 'VIEWER',
  'Query.apps': 'VIEWER',
  'Query.auditLog': 'ADMIN',
  'Query.eventCursor': 'VIEWER',
  'Query.events': 'VIEWER',
  'Query.logs': 'VIEWER',
  'Query.node': 'VIEWER',
  'Query.nodes': 'VIEWER',
  'Query.portRange': 'VIEWER',
  'Query.ports': 'VIEWER',
  'Query.strays': 'VIEWER',
  'Query.supervisor': 'VIEWER',
  'Query.tokens': 'ADMIN',
  'Query.viewer': 'VIEWER',
  'Mutation.activateRelease': 'ADMIN',
  'Mutation.assignPort': 'ADMIN',
  'Mutation.createLoginLink': 'VIEWER',
  'Mutation.createToken': 'ADMIN',
  'Mutation.grantAppAccess': 'ADMIN',
  'Mutation.removeApp': 'ADMIN',
  'Mutation.renameApp': 'ADMIN',
  'Mutation.restartApp': 'OPERATOR',
  'Mutation.revokeToken': 'ADMIN',
  'Mutation.setAppIcon': 'OPERATOR',
  'Mutation.startApp': 'OPERATOR',
  'Mutation.stopApp': 'OPERATOR',
  'Subscription.events': 'VIEWER',
  'Subscription.logs': 'VIEWER',
};

it('every root field has the intended rule', () => {
  const rules = Object.fromEntries(rootFields().map(({ place, field }) => [place, roleOf(field)]));
  expect(rules).toEqual(NEEDED);
});

/** The outcome of each root field: carried out, or the message of the error. */
async function tryAll(plane: ControlPlane, role: Role): Promise<Record<string, string>> {
  const caller = callerOf(plane, role, { name: 'somebody' });
  const tries: [string, string][] = [];
  for (const { place, document, variables } of rootFields()) {
    const { errors = [] } = await caller.call(document, variables);
    expect(errors.filter(({ extensions }) => extensions.code !== 'FORBIDDEN')).toEqual([]);
    tries.push([place, errors.map(({ message }) => message).join() || 'done']);
  }
  return Object.fromEntries(tries);
}

it.each(ROLES)('%s may use exactly the root fields that its role allows', async (role) => {
  const plane = await startControlPlane();
  const expected = Object.entries(NEEDED).map(([place, needed]) => [
    place,
    includesRole(role, needed) ? 'done' : `${place} needs the role ${needed}: "somebody" has ${role}`,
  ]);
  expect(await tryAll(plane, role)).toEqual(Object.fromEntries(expected));
});

it('a viewer without a role may use no root field, and a subscription is refused before it begins', async () => {
  const plane = await startControlPlane();
  const { viewer } = callerOf(plane, 'VIEWER');
  const stranger = callerOf(plane, 'VIEWER', { viewer: { ...viewer, role: 'NOBODY' as Role } });
  for (const { place, document, variables } of rootFields()) {
    const { errors } = await stranger.call(document, variables);
    expect(errors, place).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  }
  expect(plane.streams()).toBe(0);
});

it('a refused mutation changes nothing', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const { id } = plane.access.create({ name: 'other', role: 'VIEWER', expiresAt: null }).token;
  const { call } = callerOf(plane, 'VIEWER');
  await call('mutation { stopApp(input: { app: { name: "alpha" }, wait: true }) { __typename } }');
  await call('mutation { removeApp(input: { app: { name: "alpha" } }) { __typename } }');
  await call('mutation Revoke($id: ID!) { revokeToken(input: { id: $id }) { __typename } }', { id });
  expect(plane.control.supervisor.app({ name: 'alpha' })?.desiredState).toBe('RUNNING');
  expect(plane.access.tokens().map((token) => token.id)).toContain(id);
});

it('refuses fields that the viewer may not read, and returns the others', async () => {
  const plane = await startControlPlane();
  const { call } = callerOf(plane, 'OPERATOR');
  const both = await call('{ viewer { role } auditLog { nodes { action } } }');
  expect(both).toMatchObject({
    data: null,
    errors: [{ path: ['auditLog'], extensions: { code: 'FORBIDDEN' } }],
  });
  expect(await call('{ viewer { role } }')).toEqual({ data: { viewer: { role: 'OPERATOR' } } });
});
