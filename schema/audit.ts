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
import type { Identity } from '../src/contracts/access.ts';
import { includesRole, LONGEST_AUDIT_INPUT, LONGEST_AUDIT_TEXT, type Role } from '../src/core/access.ts';
import { reasonOf } from '../src/core/errors.ts';
import { type AppRefInput, toAppRef } from './app-ref.ts';
import type { GraphQLContext } from './context.ts';
import type { ErrorOf } from './errors.ts';
import { roleOf } from './roles.ts';

/** The input type that names an app. */
const APP_REF = 'AppRef';

type Resolver = GraphQLFieldResolver<unknown, GraphQLContext>;

/** Makes each mutation write to the audit log: before it is carried out, and then its outcome. */
export function audited(schema: GraphQLSchema): GraphQLSchema {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    // Wraps everything that can refuse a mutation, so refused ones are recorded, too.
    field.resolve = recorded(field.resolve ?? defaultFieldResolver, field.args, roleOf(field));
  }
  return schema;
}

function recorded(resolve: Resolver, parameters: readonly GraphQLArgument[], needed: Role | null): Resolver {
  return async (source, args, context, info) => {
    const { audit, viewer } = context;
    // An earlier mutation of the same document can have taken minutes, or have revoked the token.
    if (viewer.ended.aborted) throw ended();
    const { name: actor, token, role } = viewer;
    const input = inputText(parameters, args, context);
    const entry = { actor, token, role, action: info.fieldName, input };
    const wait = changesNothing(viewer, needed) ? audit.secondsUntilRoom(entry, viewer.account ?? '') : 0;
    if (wait > 0) throw tooMany(info.fieldName, wait);
    let record: (outcome: string) => void;
    try {
      record = audit.begin(entry);
    } catch (error) {
      // For example, a full disk. A mutation that cannot be recorded is not carried out.
      return notRecorded(reasonOf(error));
    }
    try {
      const result = await confirmed(await resolve(source, args, context, info), context);
      record(outcomeOf(result));
      return result;
    } catch (error) {
      record(codeOf(error));
      throw error;
    }
  };
}

/** How long a mutation that was carried out waits for the disk to confirm it, in milliseconds. */
const PATIENCE = 5_000;

/** The result; or, if the disk does not confirm it, an error which says that it was done but may not survive a power failure. */
async function confirmed(result: unknown, { durability, clock }: GraphQLContext): Promise<unknown> {
  if (durability.problem() === null || outcomeOf(result) !== 'OK') return result;
  let cancel = () => {};
  const patience = new Promise<void>((resolve) => {
    cancel = clock.after(PATIENCE, resolve);
  });
  await Promise.race([durability.confirmed(), patience]);
  cancel();
  const problem = durability.problem();
  if (problem === null) return result;
  const message = `It is done, and not known yet to last. ${problem}. /readyz says when it is confirmed`;
  return { code: 'OPERATION_FAILED', message };
}

/** Whether a mutation will be refused, or any viewer may call it. Then only the audit log limits how often. */
function changesNothing({ role }: Identity, needed: Role | null): boolean {
  return needed === 'VIEWER' || (needed !== null && !includesRole(role, needed));
}

function ended(): GraphQLError {
  const message = 'The token was revoked or has expired: this mutation was not carried out';
  return new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED' } });
}

function tooMany(field: string, seconds: number): GraphQLError {
  const message = `This token has called ${field} and similar mutations, or mutations that its role does not allow, too often (at most 60 times a minute and 1,000 times a day): wait ${seconds} s`;
  return new GraphQLError(message, { extensions: { code: 'RATE_LIMITED', retryAfter: seconds } });
}

/** An error that the result of each mutation includes. */
function notRecorded(reason: string): ErrorOf<'OperationFailedError'> {
  const message = `Nothing has changed: the audit log could not be written (${reason})`;
  return { code: 'OPERATION_FAILED', message };
}

/** A mutation returns its success, or an error with a code. */
function outcomeOf(result: unknown): string {
  if (typeof result !== 'object' || result === null || !('code' in result)) return 'OK';
  return String(result.code);
}

function codeOf(error: unknown): string {
  const code = error instanceof GraphQLError ? error.extensions.code : null;
  return typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR';
}

function inputText(
  parameters: readonly GraphQLArgument[],
  args: Readonly<Record<string, unknown>>,
  context: GraphQLContext,
): string {
  return cut(JSON.stringify(asSent(parameters, args, context)), LONGEST_AUDIT_INPUT);
}

function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  // Does not cut a surrogate pair in half.
  return `${text.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

interface Parameter {
  readonly name: string;
  readonly type: GraphQLInputType;
}

/** Converts arguments from the form of resolvers to that of clients: for example, times to RFC 3339. */
function asSent(
  parameters: readonly Parameter[],
  values: Readonly<Record<string, unknown>>,
  context: GraphQLContext,
): object {
  return Object.fromEntries(
    parameters.flatMap(({ name, type }) =>
      name in values ? [[name, valueAsSent(type, values[name], context)]] : [],
    ),
  );
}

function valueAsSent(declared: GraphQLInputType, value: unknown, context: GraphQLContext): unknown {
  if (value == null) return null;
  const type = getNullableType(declared);
  if (isListType(type)) return (value as unknown[]).map((item) => valueAsSent(type.ofType, item, context));
  if (isInputObjectType(type)) {
    const sent = asSent(Object.values(type.getFields()), value as Record<string, unknown>, context);
    return type.name === APP_REF ? withName(sent, context) : sent;
  }
  const sent: unknown = type.serialize(value);
  return typeof sent === 'string' ? cut(sent, LONGEST_AUDIT_TEXT) : sent;
}

/** Adds the name that the app has now, because no query finds it after the app was removed. */
function withName(sent: AppRefInput, { supervisor }: GraphQLContext): AppRefInput {
  const ref = sent.id == null ? null : toAppRef(sent);
  const app = ref && 'id' in ref ? supervisor.appById(ref.id) : null;
  return app ? { ...sent, name: app.name } : sent;
}
