import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import { createComplexityRule } from '@pothos/plugin-complexity';
import { type ExecutionArgs, GraphQLError, type ValidationContext, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';

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
} as const;

/** Refuse what asks for too much: the same over HTTP, SSE and WebSocket, whose other operations go on. */
export function limitPlugins(): Plugin[] {
  return [limitedTokens(), limitedShape(), limitedCost()];
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

/** What depends on the size of pages is known when the variables are: results of validation are kept, these are not. */
function limitedCost(): Plugin {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      const errors = costErrors(args);
      if (errors.length > 0) setResultAndStopExecution({ errors });
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const errors = costErrors(args);
      if (errors.length > 0) setResultAndStopExecution({ errors });
    },
  };
}

/** Also what is wrong with variables, without which the cost cannot be told. */
function costErrors(args: ExecutionArgs): readonly GraphQLError[] {
  const { schema, document, operationName, variableValues, contextValue } = args;
  const rule = createComplexityRule({
    context: contextValue as object,
    operationName: operationName ?? null,
    variableValues: variableValues ?? {},
    validate: ({ complexity }, report) => {
      if (complexity > LIMITS.cost) report(tooCostly(complexity));
    },
  });
  try {
    return validate(schema, document, [rule]).map((error) => asRefusal(error, contextValue));
  } catch (error) {
    if (error instanceof GraphQLError) return [asRefusal(error, contextValue)];
    throw error;
  }
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
function asRefusal(error: GraphQLError, context: unknown): GraphQLError {
  const overHttp = typeof context === 'object' && context !== null && 'request' in context;
  if (overHttp) error.extensions.http = { spec: true, status: 400 };
  return error;
}

function tooMuch(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

function counted(count: number): string {
  return count.toLocaleString('en-US');
}
