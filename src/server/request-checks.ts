import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isNestedTooDeep, REQUEST_LIMITS, requestProblem } from './request-limits.ts';

/** Looks at what came over HTTP, before it is parsed as JSON and again before anything is made of it. */
export function checkedRequests(): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      // Bodies are JSON: nothing else is let in here.
      if (request.method === 'POST' && requestParser)
        setRequestParser(async (sent) => parse(await sent.text()));
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

/** What is no request of GraphQL has this status for every client. */
function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}
