import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import { createComplexityRule } from '@pothos/plugin-complexity';
import {
  type ExecutionArgs,
  GraphQLError,
  getOperationAST,
  getVariableValues,
  type ValidationContext,
  validate,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import type { GraphQLContext } from '../../schema/context.ts';
import { shortened } from './graphql-errors.ts';
import { mutationFields } from './mutation-fields.ts';
import { type Rates, rateMessage } from './rates.ts';

/** How much one operation may ask for. What clients and people write stays far below. */
export const LIMITS = {
  /** Fields within fields; of `__schema` none are counted. */
  depth: 15,
  aliases: 100,
  directives: 50,
  /** Names, numbers and signs of a document. */
  tokens: 5_000,
  /** Fields, each as often as the pages that it stands in have items: about as many microseconds of work. */
  cost: 200_000,
  /** Fields of `Mutation`, each of which is a command. */
  mutations: 20,
  /** What is told of wrong variables: each error takes time, and repeats some of what was sent. */
  variableErrors: 5,
} as const;

/** Refuse what asks for too much: the same over HTTP, SSE and WebSocket, whose other operations go on. */
export function limitPlugins(rates: Rates): Plugin[] {
  return [limitedTokens(), limitedShape(), limitedCost(rates)];
}

function limitedTokens(): Plugin {
  const refuse = () => {
    throw tooMuch(
      'TOO_MANY_TOKENS',
      `The document has more than ${counted(LIMITS.tokens)} tokens (names, numbers and signs), which is the most that is allowed: ask for less at a time, or send values as variables`,
    );
  };
  const limited = maxTokensPlugin({ n: LIMITS.tokens, propagateOnRejection: false, onReject: [refuse] });
  return {
    onParse: (payload) =>
      limited.onParse?.({
        ...payload,
        setParseFn: (parse) =>
          payload.setParseFn((source, options) => withinStack(() => parse(source, options))),
      }),
  };
}

/** Thousands of brackets within one another are few tokens, and more than a parser can be in the midst of. */
function withinStack<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof GraphQLError) throw shortened(error);
    if (!(error instanceof RangeError)) throw error;
    throw tooMuch(
      'QUERY_TOO_DEEP',
      'The document has too many brackets within one another: send values as variables',
    );
  }
}

/** What a document can be refused for whatever its variables are. */
function limitedShape(): Plugin {
  const rules = [
    maxDepthRule({
      flattenFragments: true,
      ...within(LIMITS.depth, 'QUERY_TOO_DEEP', (found, most) => {
        return `The operation is ${found} levels deep, and at most ${most} are allowed: ask for what lies deeper by its id, in an operation of its own`;
      }),
    }),
    maxAliasesRule(
      within(LIMITS.aliases, 'TOO_MANY_ALIASES', (found, most) => {
        return `The operation has ${found} aliases, and at most ${most} are allowed: send several operations instead`;
      }),
    ),
    maxDirectivesRule(
      within(LIMITS.directives, 'TOO_MANY_DIRECTIVES', (found, most) => {
        return `The operation has ${found} directives, and at most ${most} are allowed: leave out the fields that are not wanted`;
      }),
    ),
  ];
  return {
    onValidate({ addValidationRule }) {
      for (const rule of rules) addValidationRule(rule);
      return ({ result, setResult }) => {
        for (const error of result) shortened(error);
        if (result.some(({ message }) => message === GIVEN_UP)) setResult([...result, tooEntangled()]);
      };
    },
  };
}

/** What graphql says where it would have to compare too many fields with one another. */
const GIVEN_UP = 'Validation aborted.';

/** The rules count everything, however much, and tell the count: so the error can say it, and needs not be thrown. */
function within(most: number, code: string, sentence: (found: string, most: string) => string) {
  return {
    n: Number.POSITIVE_INFINITY,
    onAccept: [
      (context: ValidationContext | null, { n: found }: { readonly n: number }) => {
        if (found > most) context?.reportError(tooMuch(code, sentence(counted(found), counted(most))));
      },
    ],
  };
}

/** What depends on variables, on the operation, or on who asks: results of validation are kept, these are not. */
function limitedCost(rates: Rates): Plugin {
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

/** Why the operation is not carried out. What is wrong with its variables comes first: they tell its cost. */
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

/** A few of what is wrong with the variables. The cost rule and the executor, which go on, meet right ones only. */
function variableErrors(args: ExecutionArgs): readonly GraphQLError[] {
  const operation = getOperationAST(args.document, args.operationName);
  const { errors = [] } = getVariableValues(
    args.schema,
    operation?.variableDefinitions ?? [],
    args.variableValues ?? {},
    { maxErrors: LIMITS.variableErrors },
  );
  return errors.map(shortened);
}

function mutationsOf({ document, operationName }: ExecutionArgs): number {
  const operation = getOperationAST(document, operationName);
  return operation?.operation === 'mutation' ? mutationFields(document, operation) : 0;
}

function tooManyMutations(args: ExecutionArgs): readonly GraphQLError[] {
  const found = mutationsOf(args);
  if (found <= LIMITS.mutations) return [];
  return [
    tooMuch(
      'TOO_MANY_MUTATIONS',
      `The operation has ${counted(found)} mutations, and at most ${LIMITS.mutations} are allowed: send several operations instead`,
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
      if (complexity > LIMITS.cost) report(tooCostly(complexity));
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
  return new GraphQLError(rateMessage(seconds), {
    extensions: { code: 'RATE_LIMITED', retryAfter: seconds },
  });
}

function tooCostly(found: number): GraphQLError {
  return tooMuch(
    'QUERY_TOO_COSTLY',
    `The operation costs ${counted(found)}, and at most ${counted(LIMITS.cost)} is allowed; a field counts as often as the pages that it stands in have items: ask for smaller pages by "first" or "last", or for fewer fields`,
  );
}

function tooEntangled(): GraphQLError {
  return tooMuch(
    'QUERY_TOO_COSTLY',
    'The document asks for the same fields too often, or by too many fragments within one another: ask for each field once',
  );
}

/** Over HTTP a refusal is a status of its own, as with everything else that validation refuses. */
function asRefusal(error: GraphQLError, context: unknown, http: object): GraphQLError {
  const overHttp = typeof context === 'object' && context !== null && 'request' in context;
  if (overHttp) error.extensions.http = http;
  return error;
}

function tooMuch(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

function counted(count: number): string {
  return count.toLocaleString('en-US');
}
