import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { maxTokensPlugin } from '@escape.tech/graphql-armor-max-tokens';
import { GraphQLError, type ValidationContext } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { LRUCache } from 'lru-cache';
import { clientError, grouped, shortened } from './graphql-errors.ts';

/** Limits of a document, whatever its variables are. Ordinary documents stay far below. */
export const DOCUMENT_LIMITS = {
  /** Levels of nested fields. Fields of `__schema` do not count. */
  depth: 15,
  aliases: 100,
  directives: 50,
  /** Names, numbers and signs of a document. */
  tokens: 5_000,
} as const;

/** Refuses documents that exceed a limit. Over a WebSocket, its other operations continue. */
export function limitedDocuments(): Plugin[] {
  return [limitedTokens(), limitedShape()];
}

function limitedTokens(): Plugin {
  const refuse = () => {
    throw clientError(
      'TOO_MANY_TOKENS',
      `The document has more than ${grouped(DOCUMENT_LIMITS.tokens)} tokens (names, numbers and signs), which is the most that is allowed: ask for less at a time, or send values as variables`,
    );
  };
  const limited = maxTokensPlugin({
    n: DOCUMENT_LIMITS.tokens,
    propagateOnRejection: false,
    onReject: [refuse],
  });
  return {
    onParse: (payload) =>
      limited.onParse?.({
        ...payload,
        setParseFn: (parse) =>
          payload.setParseFn((source, options) => withinStack(() => parse(source, options))),
      }),
  };
}

/** Thousands of nested brackets are few tokens, but overflow the stack of the parser. */
function withinStack<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof GraphQLError) throw shortened(error);
    if (!(error instanceof RangeError)) throw error;
    throw clientError(
      'QUERY_TOO_DEEP',
      'The document has too many brackets within one another: send values as variables',
    );
  }
}

/** Limits the depth, aliases and directives. */
function limitedShape(): Plugin {
  const rules = [
    maxDepthRule({
      flattenFragments: true,
      ...within(DOCUMENT_LIMITS.depth, 'QUERY_TOO_DEEP', (found, most) => {
        return `The operation is ${found} levels deep, and at most ${most} are allowed: ask for what lies deeper by its id, in an operation of its own`;
      }),
    }),
    maxAliasesRule(
      within(DOCUMENT_LIMITS.aliases, 'TOO_MANY_ALIASES', (found, most) => {
        return `The operation has ${found} aliases, and at most ${most} are allowed: send several operations instead`;
      }),
    ),
    maxDirectivesRule(
      within(DOCUMENT_LIMITS.directives, 'TOO_MANY_DIRECTIVES', (found, most) => {
        return `The operation has ${found} directives, and at most ${most} are allowed: leave out the fields that you do not need`;
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

/** The message of graphql when it would have to compare too many fields with one another. */
const GIVEN_UP = 'Validation aborted.';

/** The rules only count, without a limit of their own, so that the error can state the count and is not thrown. */
function within(most: number, code: string, sentence: (found: string, most: string) => string) {
  return {
    n: Number.POSITIVE_INFINITY,
    onAccept: [
      (context: ValidationContext | null, { n: found }: { readonly n: number }) => {
        if (found > most) context?.reportError(clientError(code, sentence(grouped(found), grouped(most))));
      },
    ],
  };
}

function tooEntangled(): GraphQLError {
  return clientError(
    'QUERY_TOO_COSTLY',
    'The document asks for the same fields too often, or by too many fragments within one another: ask for each field once',
  );
}

/** The characters of all documents in one cache. What is parsed from them takes about 80 times as many bytes. */
const MOST_CHARACTERS = 262_144;

/** Longer documents are not kept: clients hardly send them again and again. */
const LONGEST_KEPT = 32_768;

/** Keeps what was made of documents, by their text, up to a total length. The one used longest ago goes first. */
export function createDocumentCache<T extends object | number>(
  mostCharacters = MOST_CHARACTERS,
  longest = LONGEST_KEPT,
): LRUCache<string, T> {
  return new LRUCache({
    maxSize: mostCharacters,
    maxEntrySize: longest,
    // The library takes no size of 0.
    sizeCalculation: (_value, text) => Math.max(1, text.length),
  });
}
