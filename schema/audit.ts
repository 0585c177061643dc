import {
  defaultFieldResolver,
  type GraphQLArgument,
  GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLInputType,
  type GraphQLSchema,
  getNullableType,
  isInputObjectType,
  isListType,
} from 'graphql';
import { LONGEST_AUDIT_INPUT } from '../src/core/access.ts';
import { reasonOf } from '../src/core/errors.ts';
import type { GraphQLContext } from './context.ts';
import type { ErrorOf } from './error-types.ts';

type Resolver = GraphQLFieldResolver<unknown, GraphQLContext>;

/** The schema, each of whose mutations stands in the audit log: before it is carried out, and with what came of it. */
export function audited(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    // Outside of everything that may refuse: what was refused is recorded too.
    field.resolve = recorded(field.resolve ?? defaultFieldResolver, field.args);
  }
  return schema;
}

function recorded(resolve: Resolver, parameters: readonly GraphQLArgument[]): Resolver {
  return async (source, args, context, info) => {
    const { audit, viewer } = context;
    const { name: actor, token, role } = viewer;
    const input = inputText(parameters, args);
    let ended: (outcome: string) => void;
    try {
      ended = audit.begin({ actor, token, role, action: info.fieldName, input });
    } catch (error) {
      // A full disk, say: what cannot be recorded is not done.
      return notRecorded(reasonOf(error));
    }
    try {
      const result: unknown = await resolve(source, args, context, info);
      ended(outcomeOf(result));
      return result;
    } catch (error) {
      ended(codeOf(error));
      throw error;
    }
  };
}

/** An answer that each mutation has a type for. */
function notRecorded(reason: string): ErrorOf<'OperationFailedError'> {
  const message = `Nothing has changed: the audit log could not be written (${reason})`;
  return { code: 'OPERATION_FAILED', message };
}

/** What a mutation answers with is its success, or a failure with its code. */
function outcomeOf(result: unknown): string {
  if (typeof result !== 'object' || result === null || !('code' in result)) return 'OK';
  return String(result.code);
}

function codeOf(error: unknown): string {
  const code = error instanceof GraphQLError ? error.extensions.code : null;
  return typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR';
}

function inputText(parameters: readonly GraphQLArgument[], args: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(asSent(parameters, args));
  // A symbol of two code units is not cut in half.
  return text.slice(0, LONGEST_AUDIT_INPUT).replace(/[\uD800-\uDBFF]$/, '');
}

interface Parameter {
  readonly name: string;
  readonly type: GraphQLInputType;
}

/** Values as a client writes them, a time as RFC 3339, of those that resolvers get. */
function asSent(parameters: readonly Parameter[], values: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    parameters.flatMap(({ name, type }) => (name in values ? [[name, valueAsSent(type, values[name])]] : [])),
  );
}

function valueAsSent(wanted: GraphQLInputType, value: unknown): unknown {
  if (value == null) return null;
  const type = getNullableType(wanted);
  if (isListType(type)) return (value as unknown[]).map((item) => valueAsSent(type.ofType, item));
  if (isInputObjectType(type))
    return asSent(Object.values(type.getFields()), value as Record<string, unknown>);
  return type.serialize(value);
}
