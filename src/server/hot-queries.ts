import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DocumentNode, ExecutionArgs } from 'graphql';
import { LRUCache } from 'lru-cache';
import { isCacheable } from '../../schema/cacheable.ts';
import type { GraphQLContext } from '../../schema/context.ts';
import { schema } from '../../schema/index.ts';
import type { Identity } from '../contracts/access.ts';
import type { Supervisor } from '../contracts/supervisor.ts';
import { isTooLarge } from './bounded-answers.ts';
import { executeOften } from './compiled-operations.ts';
import { createDocumentCache } from './document-limits.ts';
import { operationCost } from './operation-limits.ts';
import type { Rates } from './rates.ts';
import { isNestedTooDeep, requestProblem } from './request-limits.ts';

/** Longer requests are not answered from here, in bytes. */
const LONGEST_REQUEST = 8_192;
/** The length of all answers and their keys, in bytes. */
const MOST_KEPT = 16 * 1_024 * 1_024;
/** Longer answers are not kept, in bytes. */
const LONGEST_ANSWER = 2 * 1_024 * 1_024;

/** An operation that was parsed, validated and answered without an error before. */
interface Operation {
  readonly document: DocumentNode;
  readonly operationName: string | null;
}

interface Answer {
  readonly operation: Operation;
  readonly variables: ExecutionArgs['variableValues'];
  readonly cost: number;
  /** Of the state that the body shows: see `Supervisor.version`. */
  readonly version: number;
  readonly body: string;
  /** Of the body in UTF-8. */
  readonly bytes: number;
}

interface HotQueriesOptions {
  readonly supervisor: Pick<Supervisor, 'version'>;
  readonly rates: Pick<Rates, 'cached' | 'operation'>;
  readonly createContext: (request: IncomingMessage, viewer: Identity) => GraphQLContext;
}

/**
 * Answers queries that clients send again and again, without Yoga. It keeps answers that depend only on what
 * `Supervisor.version` counts, and sends them until that grows. Yoga answers a query for the first time.
 */
export class HotQueries {
  readonly #options: HotQueriesOptions;
  /** By document and operation name. Null: an operation whose answers cannot be kept. */
  readonly #operations = createDocumentCache<Operation | { readonly document: null }>();
  /** By role, address and request. */
  readonly #answers = new LRUCache<string, Answer>({
    maxSize: MOST_KEPT,
    maxEntrySize: LONGEST_ANSWER,
    sizeCalculation: ({ bytes }, key) => 2 * (bytes + key.length),
  });
  /** The content type of the answer, by the header Accept. */
  readonly #types = new LRUCache<string, string>({ max: 100 });

  constructor(options: HotQueriesOptions) {
    this.#options = options;
  }

  /** Sends an answer that is kept and up to date. If there is none, or the token is too fast, the result is false. */
  answerKept(request: IncomingMessage, response: ServerResponse, viewer: Identity, text: string): boolean {
    const type = this.#typeFor(request);
    const known = this.#answers.get(keyOfRequest(request, viewer, text));
    if (type === undefined || known?.version !== this.#options.supervisor.version) return false;
    if (this.#options.rates.cached(viewer) !== null) return false;
    send(response, type, known);
    return true;
  }

  /** Executes a known operation, keeps the answer and sends it. If it is not known, or fails, the result is false. */
  async answer(
    request: IncomingMessage,
    response: ServerResponse,
    viewer: Identity,
    text: string,
  ): Promise<boolean> {
    const type = this.#typeFor(request);
    if (type === undefined) return false;
    const key = keyOfRequest(request, viewer, text);
    const asked = this.#answers.get(key) ?? this.#parse(text);
    const fresh = asked && (await this.#execute(asked, request, viewer));
    if (!fresh) return false;
    this.#answers.set(key, fresh);
    send(response, type, fresh);
    return true;
  }

  /** Keeps an operation that Yoga has answered without an error. */
  learn(query: string, operationName: string | null, document: DocumentNode): void {
    const key = keyOf(query, operationName);
    if (this.#operations.has(key)) return;
    const operation = isCacheable(schema, document) ? { document, operationName } : { document: null };
    this.#operations.set(key, operation);
  }

  learnType(accept: string, type: string): void {
    if (!this.#types.has(accept)) this.#types.set(accept, type);
  }

  #typeFor({ headers: { accept = '' } }: IncomingMessage): string | undefined {
    return this.#types.get(accept);
  }

  #parse(text: string): Pick<Answer, 'operation' | 'variables'> | null {
    if (isNestedTooDeep(text)) return null;
    const request = parseJson(text);
    if (!request || requestProblem(request)) return null;
    const { query, variables = null, operationName = null, ...others } = request;
    if (typeof query !== 'string' || Object.keys(others).length > 0) return null;
    if (operationName !== null && typeof operationName !== 'string') return null;
    if (typeof variables !== 'object' || Array.isArray(variables)) return null;
    const operation = this.#operations.get(keyOf(query, operationName));
    return operation?.document ? { operation, variables: variables as Answer['variables'] } : null;
  }

  async #execute(
    { operation, variables }: Pick<Answer, 'operation' | 'variables'>,
    request: IncomingMessage,
    viewer: Identity,
  ): Promise<Answer | null> {
    const { createContext, supervisor, rates } = this.#options;
    const contextValue = createContext(request, viewer);
    const args: ExecutionArgs = { schema, ...operation, variableValues: variables, contextValue };
    const cost = operationCost(args);
    if (cost === null || rates.operation(viewer, cost) !== null) return null;
    const { version } = supervisor;
    const result = await executeOften(args);
    if (result.errors || isTooLarge(result)) return null;
    const body = JSON.stringify(result);
    return { operation, variables, cost, version, body, bytes: Buffer.byteLength(body) };
  }
}

/** Whether a request is short and simple enough to be read at once. */
export function isSimpleQuery({ method, url, headers }: IncomingMessage): boolean {
  const length = Number(headers['content-length']);
  return (
    method === 'POST' &&
    // Parameters in the address are for Yoga.
    !url?.includes('?') &&
    length > 0 &&
    length <= LONGEST_REQUEST &&
    headers['content-encoding'] === undefined
  );
}

/** Reads the body of a request. Null if the client disconnects meanwhile. */
export function readText(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(String(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))));
    request.once('close', () => resolve(null));
  });
}

/** Node writes the head and a text by one system call, and copies ASCII as it is. */
function send(response: ServerResponse, type: string, { body, bytes }: Answer): void {
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': bytes });
  response.end(body, body.length === bytes ? 'latin1' : 'utf8');
}

function keyOfRequest({ headers: { host = '' } }: IncomingMessage, { role }: Identity, text: string): string {
  return `${role} ${host}\n${text}`;
}

function keyOf(query: string, operationName: string | null): string {
  return `${operationName ?? ''}\n${query}`;
}

function parseJson(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}
