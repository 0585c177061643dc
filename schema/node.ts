import type { AppId } from '../src/core/app.ts';
import { builder } from './builder.ts';
import type { GraphQLContext } from './context.ts';
import { checkedSize, listWeight } from './relay.ts';

const Node = builder.nodeInterfaceRef();

builder.queryFields((t) => ({
  node: t.field({
    type: Node,
    nullable: true,
    authScopes: { role: 'VIEWER' },
    description:
      'The object with this id. Null if no object has it, or no longer, or if it is not a valid id.',
    args: { id: t.arg.id({ required: true, description: 'The value of the `id` field of a Node.' }) },
    resolve: (_root, { id }, context) => findNode(context, id),
  }),
  nodes: t.field({
    type: [Node],
    nullable: { list: false, items: true },
    authScopes: { role: 'VIEWER' },
    description: 'The objects with these ids, in the same order. Null in place of an id that no object has.',
    args: { ids: t.arg.idList({ required: true, description: 'At most 1,000 ids.' }) },
    complexity: ({ ids }) => listWeight(ids.length, 1, 10),
    resolve: (_root, { ids }, context) => {
      checkedSize('ids', ids.length);
      return ids.map((id) => findNode(context, id));
    },
  }),
}));

function findNode({ supervisor }: GraphQLContext, text: string) {
  const id = decodeGlobalId(text);
  switch (id?.typename) {
    case 'App':
      return supervisor.appById(id.id);
    case 'Run':
      return supervisor.run(id.id);
    case 'PortAssignment':
      return supervisor.portById(id.id);
    default:
      return null;
  }
}

/** The id of an object for clients. It is opaque and never changes. */
export function encodeGlobalId(typename: string, id: number): string {
  return btoa(`${typename}:${id}`);
}

/** The type and number in an id; null if it is not a valid id. */
function decodeGlobalId(text: string): { readonly typename: string; readonly id: number } | null {
  if (text.length > 64) return null;
  let plain: string;
  try {
    plain = atob(text);
  } catch {
    return null;
  }
  const [, typename, digits] = /^([A-Za-z]+):(\d{1,15})$/.exec(plain) ?? [];
  return typename && digits ? { typename, id: Number(digits) } : null;
}

/** The number of an app; null if the id is not the id of an app. */
export function decodeAppId(text: string): AppId | null {
  const decoded = decodeGlobalId(text);
  return decoded?.typename === 'App' ? decoded.id : null;
}
