import type { IncomingMessage } from 'node:http';
import { type ExecutionArgs, GraphQLError, getOperationAST } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Identity } from '../contracts/access.ts';
import type { Graphql } from './graphql.ts';
import { clientError, withoutStatus } from './graphql-errors.ts';
import { type Rates, rateMessage } from './rates.ts';
import { requestProblem } from './request-limits.ts';
import type { StreamTarget } from './streams/subscription.ts';

/** How many operations of one socket can run at a time. */
const MOST_OPERATIONS = 50;

/** The state of one socket. */
export interface SocketState {
  readonly request: IncomingMessage;
  /** Fires when the socket closes. */
  readonly gone: AbortSignal;
  /** Who authenticated; null before. */
  viewer: Identity | null;
  /** Operations that are executing, including those that the client has canceled. */
  executing: number;
  /** The length of the client's latest message, in characters. */
  heard: number;
}

/** The functions of Yoga's envelope that execute one operation. */
interface Envelope {
  readonly execute: (args: ExecutionArgs) => unknown;
  readonly subscribe: (args: ExecutionArgs) => unknown;
  readonly state: SocketState;
}

/**
 * Parses, validates and admits an operation. Errors go to its client; other operations of the socket continue.
 * @param open how many operations of the socket are open, including this one
 * @param target where a stream writes what it shares with others
 */
export async function admit(
  answering: { readonly graphql: Graphql; readonly rates: Rates } | null,
  state: SocketState,
  open: number,
  payload: SubscribePayload,
  target: StreamTarget,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const { query, variables, operationName } = payload;
  const { viewer, gone, request: req } = state;
  if (!viewer || viewer.ended.aborted)
    return refuse('UNAUTHENTICATED', 'The token was revoked or has ended: connect with another one');
  if (!answering) return refuse('NOT_READY', 'The server is closing');
  const { graphql, rates } = answering;
  if (open > MOST_OPERATIONS || state.executing >= MOST_OPERATIONS) {
    const message = `This connection already runs ${MOST_OPERATIONS} operations: wait until one ends, or open another connection`;
    return refuse('TOO_MANY_OPERATIONS', message);
  }
  const wait = rates.request(viewer, state.heard);
  if (wait !== null) return refuse('RATE_LIMITED', rateMessage(wait), { retryAfter: wait });
  const problem = requestProblem(payload);
  if (problem) return [problem];
  let made = false;
  state.executing += 1;
  try {
    const enveloped = graphql.getEnveloped({ req, viewer, target, gone });
    const document = enveloped.parse(query);
    const errors = enveloped.validate(enveloped.schema, document);
    if (errors.length > 0) return errors.map(withoutStatus);
    if (!getOperationAST(document, operationName))
      return [
        new GraphQLError('The document has no operation of that name, or several and no name was given'),
      ];
    const contextValue = await enveloped.contextFactory();
    const rootValue: Envelope = { execute: enveloped.execute, subscribe: enveloped.subscribe, state };
    const { schema } = enveloped;
    made = true;
    return { schema, document, operationName, variableValues: variables, contextValue, rootValue };
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  } finally {
    if (!made) state.executing -= 1;
  }
}

/** Executes, or subscribes to, what `admit` returned. */
export async function perform(how: 'execute' | 'subscribe', args: ExecutionArgs): Promise<never> {
  const envelope = args.rootValue as Envelope;
  try {
    return (await envelope[how](args)) as never;
  } finally {
    envelope.state.executing -= 1;
  }
}

function refuse(code: string, message: string, more: object = {}): readonly GraphQLError[] {
  return [clientError(code, message, more)];
}
