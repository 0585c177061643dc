import { expect, it } from 'vitest';
import { graphql } from '../generated/index.ts';
import { startControlPlane } from '../support/control-plane.ts';

const Ids = graphql(`
  query Ids($name: String!) {
    app(by: { name: $name }) {
      id
      run { id }
      port { id port }
    }
  }
`);

const Nodes = graphql(`
  query Nodes($ids: [ID!]!) {
    nodes(ids: $ids) {
      id
      __typename
      ... on App { name }
      ... on Run { phase app { name } }
      ... on PortAssignment { port state holder { pid } app { name } }
    }
  }
`);

const Node = graphql(`
  query Node($id: ID!) {
    node(id: $id) { __typename id }
  }
`);

it('finds apps, runs and ports by their ids, in the order of the request', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const { app } = await plane.data(Ids, { name: 'alpha' });
  const ids = [app?.port?.id, app?.id, app?.run?.id];
  const { nodes } = await plane.data(Nodes, { ids });
  expect(nodes.map((node) => node?.id)).toEqual(ids);
  expect(nodes).toMatchObject([
    { __typename: 'PortAssignment', port: app?.port?.port, state: 'BOUND', app: { name: 'alpha' } },
    { __typename: 'App', name: 'alpha' },
    { __typename: 'Run', phase: 'READY', app: { name: 'alpha' } },
  ]);
  for (const id of ids) expect(await plane.data(Node, { id })).toMatchObject({ node: { id } });
});

it('a rename does not change an id', async () => {
  const plane = await startControlPlane();
  await plane.addApp('alpha');
  const { app } = await plane.data(Ids, { name: 'alpha' });
  await plane.data('mutation { renameApp(input: { app: { name: "alpha" }, name: "omega" }) { __typename } }');
  expect(await plane.data(Nodes, { ids: [app?.id] })).toMatchObject({
    nodes: [{ id: app?.id, name: 'omega' }],
  });
  expect(await plane.data(Ids, { name: 'alpha' })).toEqual({ app: null });
});

it('an id that matches nothing is null, whatever it is', async () => {
  const plane = await startControlPlane();
  const ids = [
    '',
    'nonsense',
    '💥',
    btoa('App:99'),
    btoa('App:-1'),
    btoa('Event:1'),
    btoa('Query:1'),
    'a'.repeat(9_999),
  ];
  expect(await plane.data(Nodes, { ids })).toEqual({ nodes: ids.map(() => null) });
  for (const id of ids) expect(await plane.data(Node, { id })).toEqual({ node: null });
});

it('more than 1,000 ids are an error with a code', async () => {
  const plane = await startControlPlane();
  const { errors } = await plane.query(Nodes, { ids: Array(1_001).fill('x') });
  expect(errors).toMatchObject([{ extensions: { code: 'INVALID_PAGE' } }]);
});
