import type { InputFieldMap, InputShapeFromFields, ObjectFieldsShape } from '@pothos/core';
import type {
  AppRef as AppSelector,
  AppView,
  CommandOptions,
  Supervisor,
} from '../src/contracts/supervisor.ts';
import type { Role } from '../src/core/access.ts';
import { type DomainError, failed, ok, type Result } from '../src/core/errors.ts';
import { AppRef, type AppRefInput, appNotFoundText, toAppRef } from './app-ref.ts';
import { type BuilderTypes, builder } from './builder.ts';
import type { GraphQLContext } from './context.ts';
import { type ErrorRef, errorTypeOf, OperationFailedError } from './errors.ts';
import { App } from './refs.ts';

type InputFieldBuilder = PothosSchemaTypes.InputFieldBuilder<BuilderTypes, 'InputObject'>;

export type ObjectFieldBuilder<Value> = PothosSchemaTypes.ObjectFieldBuilder<BuilderTypes, Value>;

interface Options<Fields extends InputFieldMap> {
  /** The field of `Mutation`. Its types are named after it: `StartAppInput`, `StartAppResult`, `StartAppSuccess`. */
  readonly name: string;
  /** The role that a caller needs. */
  readonly role: Role;
  readonly description: string;
  readonly input: (t: InputFieldBuilder) => Fields;
  /** The errors with a type in the result. All others become an OperationFailedError, which every result has. */
  readonly errors: readonly ErrorRef[];
}

interface MutationOptions<Fields extends InputFieldMap, Value extends object> extends Options<Fields> {
  readonly success: {
    readonly description: string;
    readonly fields: ObjectFieldsShape<BuilderTypes, Value>;
  };
  readonly run: (
    input: InputShapeFromFields<Fields>,
    context: GraphQLContext,
  ) => Result<Value> | Promise<Result<Value>>;
}

/** Adds a mutation with its input. Its result is a union of one success and typed errors. */
export function mutation<Fields extends InputFieldMap, Value extends object>(
  options: MutationOptions<Fields, Value>,
): void {
  const { name, role, description, success, run } = options;
  const types = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
  const errors = [...options.errors, OperationFailedError];
  // Pothos cannot resolve its conditional types for generic fields, so these types are less exact.
  const Input: PothosSchemaTypes.InputObjectRef<BuilderTypes, object> = builder.inputType(`${types}Input`, {
    description: `Input of \`${name}\`.`,
    fields: options.input,
  });
  const Success = builder.objectRef<object>(`${types}Success`).implement({
    description: success.description,
    fields: success.fields as ObjectFieldsShape<BuilderTypes, object>,
  });
  const Outcome = builder.unionType(`${types}Result`, {
    description: `Result of \`${name}\`.`,
    types: [Success, ...errors],
    resolveType: (value) => ('code' in value ? errorTypeOf(value.code as DomainError['code']) : Success.name),
  });
  builder.mutationField(name, (t) =>
    t.field({
      type: Outcome,
      authScopes: { role },
      description,
      args: { input: t.arg({ type: Input, required: true, description: `Parameters of \`${name}\`.` }) },
      resolve: async (_root, { input }, context) => {
        const result = await run(input as InputShapeFromFields<Fields>, context);
        return result.ok ? result.value : typed(result.error, errors);
      },
    }),
  );
}

/** The error; or, if the result has no type for it, an OperationFailedError with the same message. */
function typed(error: DomainError, errors: readonly ErrorRef[]): DomainError {
  const type = errorTypeOf(error.code);
  return errors.some(({ name }) => name === type)
    ? error
    : { code: 'OPERATION_FAILED', message: error.message };
}

interface AppOutcome {
  readonly app: AppView;
}

interface AppMutationOptions<Fields extends InputFieldMap> extends Omit<Options<Fields>, 'input'> {
  /** Describes the field `app` of the input. */
  readonly app: string;
  /** Describes the field `wait` of the input. If left out, the input has no such field. */
  readonly wait?: string;
  /** More fields of the input. */
  readonly input?: (t: InputFieldBuilder) => Fields;
  /** Describes a success. Its only field is the app as it is then. */
  readonly success: string;
  readonly run: (
    supervisor: Supervisor,
    app: AppSelector,
    options: CommandOptions,
    input: InputShapeFromFields<Fields>,
  ) => Promise<Result<AppView>>;
}

/** Adds a mutation that gives the supervisor a command for one app, and returns the app as it is then. */
export function appMutation<Fields extends InputFieldMap>(options: AppMutationOptions<Fields>): void {
  mutation({
    ...options,
    input: (t) => ({
      app: t.field({ type: AppRef, required: true, description: options.app }),
      ...(options.wait !== undefined && {
        wait: t.boolean({ required: true, defaultValue: false, description: options.wait }),
      }),
      ...options.input?.(t),
    }),
    success: {
      description: options.success,
      fields: (t: ObjectFieldBuilder<AppOutcome>) => ({
        app: t.expose('app', { type: App, description: 'The app as it is now.' }),
      }),
    },
    run: async (input, context) => {
      const result = await commandApp(context, input.app, (app, command) =>
        options.run(
          context.supervisor,
          app,
          { ...command, wait: input.wait },
          input as object as InputShapeFromFields<Fields>,
        ),
      );
      return result.ok ? ok({ app: result.value }) : result;
    },
  });
}

/** Gives the supervisor a command for one app, with the viewer as the actor. */
export async function commandApp<T>(
  { viewer }: GraphQLContext,
  input: AppRefInput,
  command: (app: AppSelector, options: CommandOptions) => Promise<Result<T>>,
): Promise<Result<T>> {
  const app = toAppRef(input);
  const result = app && (await command(app, { actor: viewer.name }));
  return result && (result.ok || result.error.code !== 'APP_NOT_FOUND') ? result : failed(notFound(input));
}

function notFound(input: AppRefInput): DomainError {
  const asked = { id: input.id ?? null, name: input.name ?? null };
  return { code: 'APP_NOT_FOUND', message: appNotFoundText(input), asked };
}
