import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { includesRole, type Role } from '../src/core/access.ts';
import type { GraphQLContext } from './context.ts';
import { roleNeeded } from './roles.ts';

/** The type parameters of the builder. */
interface SchemaTypes {
  Context: GraphQLContext;
  AuthScopes: { role: Role };
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  /** Counts the whole list, for connections with a `totalCount`. */
  Connection: { totalCount?: () => number };
  Scalars: {
    ID: { Input: string; Output: string | number };
    /** Opaque text. Each field checks it, because each kind of list has its own cursors. */
    Cursor: { Input: string; Output: string };
    /** Milliseconds since the epoch in resolvers, RFC 3339 for clients. */
    DateTime: { Input: number; Output: number };
  };
}

/** The only builder. Each feature adds its types and fields to it. */
export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin, ComplexityPlugin, ScopeAuthPlugin],
  defaultFieldNullability: false,
  relay: {
    clientMutationId: 'omit',
    // The type of the plugin allows only two names. This is the scalar Cursor.
    cursorType: 'Cursor' as 'String',
    // An id that matches nothing is null, not an error: node.ts defines these fields.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    nodeTypeOptions: {
      description: 'An object with a permanent id, by which `Query.node` finds it.',
      resolveType: (value) => nodeTypeOf(value as object),
    },
    idFieldOptions: { description: 'An opaque id that never changes.' },
    pageInfoTypeOptions: {
      description:
        'Tells whether more items exist before and after a page, and gives the cursors to fetch them.',
    },
    hasNextPageFieldOptions: { description: 'Whether items exist after the last item of this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether items exist before the first item of this page.' },
    startCursorFieldOptions: {
      description:
        'The cursor of the first item. Pass it as `before` to get the page before. Null if the page is empty.',
    },
    endCursorFieldOptions: {
      description:
        'The cursor of the last item. Pass it as `after` to get the next page. Null if the page is empty.',
    },
    firstArgOptions: { description: 'The number of items to take from the beginning: 0 to 1,000.' },
    afterArgOptions: { description: 'Only items after this cursor.' },
    lastArgOptions: {
      description:
        'The number of items to take from the end: 0 to 1,000. With `first`, from the end of what `first` took.',
    },
    beforeArgOptions: { description: 'Only items before this cursor.' },
    cursorFieldOptions: { description: 'The position of the item. Pass it as `after` or `before`.' },
    nodeFieldOptions: { nullable: false, description: 'The item.' },
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: 'The items with their cursors, in order.',
      complexity: { field: 0, multiplier: 1 },
    },
    nodesOnConnection: {
      description: 'The items, in order, without their cursors.',
      complexity: { field: 0, multiplier: 1 },
    },
    pageInfoFieldOptions: { description: 'Whether more items exist, and the cursors to fetch them.' },
  },
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: (context) => ({ role: (needed: Role) => includesRole(context.viewer.role, needed) }),
    unauthorizedError: (_parent, { viewer }, info) => roleNeeded(viewer, info),
  },
});

/** Distinguishes the three types of nodes by a field that only one of them has. */
function nodeTypeOf(value: object): string {
  if ('revision' in value) return 'App';
  return 'cause' in value ? 'Run' : 'PortAssignment';
}

/** For functions that define several similar types. */
export type BuilderTypes = typeof builder.$inferSchemaTypes;
