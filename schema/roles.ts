import type { GraphQLError, GraphQLField, GraphQLResolveInfo } from 'graphql';
import type { Identity } from '../src/contracts/access.ts';
import type { Role } from '../src/core/access.ts';
import { forbidden } from './request-errors.ts';

/** The role that a field requires. Null if it has no rule of its own and is as accessible as its parent. */
export function roleOf(field: GraphQLField<unknown, unknown>): Role | null {
  const options = field.extensions.pothosOptions as
    | { readonly authScopes?: { readonly role?: Role } }
    | undefined;
  return options?.authScopes?.role ?? null;
}

/** The error for a viewer without the required role. */
export function roleNeeded(viewer: Identity, { parentType, fieldName }: GraphQLResolveInfo): GraphQLError {
  const field = parentType.getFields()[fieldName];
  const needed = field ? roleOf(field) : null;
  return forbidden(
    `${parentType.name}.${fieldName} needs the role ${needed}: "${viewer.name}" has ${viewer.role}`,
  );
}
