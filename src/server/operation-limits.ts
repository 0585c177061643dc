import { createComplexityRule } from '@pothos/plugin-complexity';
import {
  type DocumentNode,
  type ExecutionArgs,
  type FragmentDefinitionNode,
  GraphQLError,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GraphQLContext } from '../../schema/context.ts';
import { clientError, grouped, shortened } from './graphql-errors.ts';
import { type Rates, rateMessage } from './rates.ts';

/** Limits of one operation with its variables. Ordinary operations stay far below. */
export const OPERATION_LIMITS = {
  /** Each field counts once for each item of the pages that contain it: about a microsecond of work each. */
  cost: 200_000,
  /** Fields of `Mutation`, each of which is a command. */
  mutations: 20,
  /** How many errors about variables are returned. Each takes time and repeats part of the request. */
  variableErrors: 5,
} as const;

/**
 * Refuses operations that cost too much, or come too fast. This depends on variables and on the caller, so it is not
 * part of validation, whose results are cached.
 */
export function limitedOperations(rates: Rates): Plugin {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const errors = refusalsOf(args, rates);
      if (errors.length > 0) setResultAndStopExecution({ errors });
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const errors = refusalsOf(args, rates);
      if (errors.length > 0) setResultAndStopExecution({ errors });
    },
  };
}

/** Why the operation is refused; empty if it is not. Checks variables first, because the cost depends on them. */
function refusalsOf(args: ExecutionArgs, rates: Rates): readonly GraphQLError[] {
  const { contextValue } = args;
  const wrong = [...variableErrors(args), ...tooManyMutations(args)];
  if (wrong.length > 0)
    return wrong.map((error) => asRefusal(error, contextValue, { spec: true, status: 400 }));
  const { errors, cost } = costOf(args);
  if (errors.length > 0)
    return errors.map((error) => asRefusal(error, contextValue, { spec: true, status: 400 }));
  const { viewer } = contextValue as GraphQLContext;
  const mutations = mutationsOf(args);
  const wait = rates.operation(viewer, cost) ?? (mutations > 0 ? rates.mutations(viewer, mutations) : null);
  if (wait === null) return [];
  const headers = { 'Retry-After': String(wait) };
  return [asRefusal(tooFast(wait), contextValue, { status: 429, headers })];
}

/** What an operation costs. Null if its variables are not valid, or if it costs too much. */
export function operationCost(args: ExecutionArgs): number | null {
  if (variableErrors(args).length > 0) return null;
  const { errors, cost } = costOf(args);
  return errors.length > 0 ? null : cost;
}

/** The first errors of the variables. After this check the cost rule and the executor get only valid ones. */
function variableErrors(args: ExecutionArgs): readonly GraphQLError[] {
  const operation = getOperationAST(args.document, args.operationName);
  const { errors = [] } = getVariableValues(
    args.schema,
    operation?.variableDefinitions ?? [],
    args.variableValues ?? {},
    { maxErrors: OPERATION_LIMITS.variableErrors },
  );
  return errors.map(shortened);
}

function mutationsOf({ document, operationName }: ExecutionArgs): number {
  const operation = getOperationAST(document, operationName);
  return operation?.operation === 'mutation' ? mutationFields(document, operation) : 0;
}

/** The fragments of a document, by name. */
export function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

/** How many fields the operation has at its top, including those of each fragment spread. */
function mutationFields(document: DocumentNode, operation: OperationDefinitionNode): number {
  const fragments = fragmentsOf(document);
  // Each selection is counted once: the total can double with each nested fragment.
  const counts = new Map<SelectionSetNode, number>();

  function count(set: SelectionSetNode): number {
    const known = counts.get(set);
    if (known !== undefined) return known;
    let fields = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) fields += 1;
      else if (selection.kind === Kind.INLINE_FRAGMENT) fields += count(selection.selectionSet);
      else {
        const fragment = fragments.get(selection.name.value);
        if (fragment) fields += count(fragment.selectionSet);
      }
    }
    counts.set(set, fields);
    return fields;
  }

  return count(operation.selectionSet);
}

function tooManyMutations(args: ExecutionArgs): readonly GraphQLError[] {
  const found = mutationsOf(args);
  if (found <= OPERATION_LIMITS.mutations) return [];
  return [
    clientError(
      'TOO_MANY_MUTATIONS',
      `The operation has ${grouped(found)} mutations, and at most ${OPERATION_LIMITS.mutations} are allowed: send several operations instead`,
    ),
  ];
}

function costOf(args: ExecutionArgs): { readonly errors: readonly GraphQLError[]; readonly cost: number } {
  const { schema, document, operationName, variableValues, contextValue } = args;
  let cost = 0;
  const rule = createComplexityRule({
    context: contextValue as object,
    operationName: operationName ?? null,
    variableValues: variableValues ?? {},
    validate: ({ complexity }, report) => {
      cost = Math.max(cost, complexity);
      if (complexity > OPERATION_LIMITS.cost) report(tooCostly(complexity));
    },
  });
  try {
    return { errors: validate(schema, document, [rule]), cost };
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [shortened(error)], cost };
    throw error;
  }
}

function tooFast(seconds: number): GraphQLError {
  return clientError('RATE_LIMITED', rateMessage(seconds), { retryAfter: seconds });
}

function tooCostly(found: number): GraphQLError {
  return clientError(
    'QUERY_TOO_COSTLY',
    `The operation costs ${grouped(found)}, and at most ${grouped(OPERATION_LIMITS.cost)} is allowed; a field counts once for each item of the pages that contain it: ask for smaller pages by "first" or "last", or for fewer fields`,
  );
}

/** Sets the HTTP status of a refusal, for an operation that came over HTTP. */
function asRefusal(error: GraphQLError, context: unknown, http: object): GraphQLError {
  const overHttp = typeof context === 'object' && context !== null && 'request' in context;
  if (overHttp) error.extensions.http = http;
  return error;
}
