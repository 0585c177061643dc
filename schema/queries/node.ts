import { builder } from '../builder.ts';
import type { GraphQLContext } from '../context.ts';
import { decodeGlobalId } from '../global-id.ts';
import { checkedSize } from '../paging.ts';
import { listWeight } from '../weights.ts';

const Node = builder.nodeInterfaceRef();

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    authScopes: { role: 'VIEWER' },
    description: 'What has this id. Null where nothing has it (any more), or it is no id at all.',
    args: { id: t.arg.id({ required: true, description: 'The id, as any `id` field of a Node told it.' }) },
    resolve: (_root, { id }, context) => findNode(context, id),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    authScopes: { role: 'VIEWER' },
    description: 'What has these ids, in the same order; null at the place of an id that nothing has.',
    args: { ids: t.arg.idList({ required: true, description: 'The ids, at most 1,000.' }) },
    complexity: ({ ids }) => listWeight(ids.length, 1, 10),
    resolve: (_root, { ids }, context) => {
      checkedSize('ids', ids.length);
      return ids.map((id) => findNode(context, id));
    },
  }),
}));

function findNode({ supervisor, ports }: GraphQLContext, text: string) {
  const id = decodeGlobalId(text);
  switch (id?.typename) {
    case 'App':
      return supervisor.appById(id.id);
    case 'Run':
      return supervisor.run(id.id);
    case 'PortAssignment':
      return ports.withId(id.id);
    default:
      return null;
  }
}
