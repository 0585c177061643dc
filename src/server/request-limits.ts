import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { clientError, grouped } from './graphql-errors.ts';

/** Limits of one request, checked before it is processed. Ordinary requests stay far below. */
export const REQUEST_LIMITS = {
  /** Characters of the document, including comments. */
  document: 131_072,
  operationName: 256,
  /** Values in all variables: each item of a list and each field of an object counts. */
  values: 10_000,
  /** Characters of all strings and names in the variables. */
  text: 262_144,
  /** Levels of nested lists and objects in the variables. */
  depth: 16,
  /** The same in the whole body, before it is parsed. */
  nesting: 64,
} as const;

/** The parts of a GraphQL request. */
interface RequestText {
  readonly query?: unknown;
  readonly variables?: unknown;
  readonly operationName?: unknown;
}

/** Which limit a request exceeds; null if none. Takes time proportional to the limits, not to the request. */
export function requestProblem({ query, variables, operationName }: RequestText): GraphQLError | null {
  const { document, operationName: longestName } = REQUEST_LIMITS;
  if (typeof query === 'string' && query.length > document) {
    return clientError(
      'DOCUMENT_TOO_LONG',
      `The document has ${grouped(query.length)} characters, and at most ${grouped(document)} are allowed: send values as variables, and several operations one by one`,
    );
  }
  if (typeof operationName === 'string' && operationName.length > longestName) {
    return clientError(
      'OPERATION_NAME_TOO_LONG',
      `"operationName" has ${grouped(operationName.length)} characters, and at most ${longestName} are allowed`,
    );
  }
  return variablesProblem(variables);
}

/** Whether JSON is nested too deeply to be parsed quickly. */
export function isNestedTooDeep(text: string): boolean {
  // Any shorter text is parsed quickly.
  if (text.length < HARMLESS) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) quoted = !quoted;
    else if (code === BACKSLASH) at += 1;
    else if (quoted) continue;
    else if (code === LEFT_BRACKET || code === LEFT_BRACE) depth += 1;
    else if (code === RIGHT_BRACKET || code === RIGHT_BRACE) depth -= 1;
    if (depth > REQUEST_LIMITS.nesting) return true;
  }
  return false;
}

const HARMLESS = 4_096;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LEFT_BRACKET = 0x5b;
const RIGHT_BRACKET = 0x5d;
const LEFT_BRACE = 0x7b;
const RIGHT_BRACE = 0x7d;

function variablesProblem(variables: unknown): GraphQLError | null {
  const found = { values: 0, text: 0 };
  const excess = excessOf(variables, 0, found);
  if (excess === null) return null;
  const limit = grouped(REQUEST_LIMITS[excess]);
  return clientError(
    'VARIABLES_TOO_LARGE',
    excess === 'depth'
      ? `The variables have more than ${limit} lists and objects within one another, which is the most that is allowed`
      : `The variables have more than ${limit} ${excess === 'values' ? 'values' : 'characters of text'}, which is the most that is allowed: ask for less at a time`,
  );
}

type Excess = 'values' | 'text' | 'depth';

/** Adds to the counts in `found` and stops at the first exceeded limit. The depth limit bounds the recursion. */
function excessOf(value: unknown, depth: number, found: { values: number; text: number }): Excess | null {
  found.values += 1;
  if (found.values > REQUEST_LIMITS.values) return 'values';
  if (typeof value === 'string') found.text += value.length;
  if (found.text > REQUEST_LIMITS.text) return 'text';
  if (typeof value !== 'object' || value === null) return null;
  if (depth > REQUEST_LIMITS.depth) return 'depth';
  if (Array.isArray(value)) {
    for (const item of value) {
      const excess = excessOf(item, depth + 1, found);
      if (excess) return excess;
    }
    return null;
  }
  for (const name in value) {
    found.text += name.length;
    const excess = excessOf((value as Record<string, unknown>)[name], depth + 1, found);
    if (excess) return excess;
  }
  return null;
}

/** Checks the nesting of a body before it is parsed as JSON, and the request before it is processed. */
export function checkedRequests(): Plugin<object, { readonly text?: string | null }> {
  return {
    onRequestParse({ request, requestParser, setRequestParser, serverContext: { text } }) {
      // The routes have refused all bodies that are not JSON, and may have read the body.
      if (request.method === 'POST' && requestParser)
        setRequestParser(async (sent) => parse(text ?? (await sent.text())));
    },
    onParams({ params }) {
      const problem = requestProblem(params);
      if (!problem) return;
      problem.extensions.http = { spec: true, status: 400 };
      throw problem;
    },
  };
}

function parse(text: string): object {
  if (isNestedTooDeep(text)) {
    const message = `The body has more than ${REQUEST_LIMITS.nesting} lists and objects within one another, which is the most that is allowed`;
    throw badRequest(message);
  }
  const value = fromJson(text);
  if (typeof value === 'object' && value !== null) return value;
  throw badRequest(`The body is ${value === null ? 'null' : `a ${typeof value}`}: send an object in JSON`);
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest('The body is not JSON');
  }
}

/** An error for what is not a GraphQL request at all. */
function badRequest(message: string): GraphQLError {
  return clientError('BAD_REQUEST', message, { http: { status: 400 } });
}
