import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import { includesRole, type Role } from '../src/core/access.ts';
import type { GraphQLContext } from './context.ts';
import { roleNeeded } from './roles.ts';

/** What the schema is made of besides its types; the type parameters of the one builder. */
export interface SchemaTypes {
  Context: GraphQLContext;
  AuthScopes: { role: Role };
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  /** Counts the whole list, where the connection's type tells it. */
  Connection: { totalCount?: () => number };
  Scalars: {
    ID: { Input: string; Output: string | number };
    /** Opaque text, checked where it is used: which kind of cursor it must be depends on the field. */
    Cursor: { Input: string; Output: string };
    /** Milliseconds since the epoch on this side, RFC 3339 on the other. */
    DateTime: { Input: number; Output: number };
  };
}

/** The one builder: every file of `types`, `queries`, `mutations` and `subscriptions` adds its part. */
export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin, ComplexityPlugin, ScopeAuthPlugin],
  defaultFieldNullability: false,
  relay: {
    clientMutationId: 'omit',
    // The plugin knows two names only; the scalar of that name takes the place of the type.
    cursorType: 'Cursor' as 'String',
    // Ids that name nothing are null, not errors: the fields stand in queries/node.ts.
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

/** The three kinds of nodes are told apart by a field that only one of them has. */
function nodeTypeOf(value: object): string {
  if ('revision' in value) return 'App';
  return 'cause' in value ? 'Run' : 'PortAssignment';
}

/** What the builder knows of all types, for functions that define several of them alike. */
export type BuilderTypes = typeof builder.$inferSchemaTypes;
