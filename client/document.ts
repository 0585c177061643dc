/**
 * The text of an operation that knows what it answers and what it takes. What graphql-code-generator makes with
 * `documentMode: 'string'` is one, and so is a plain string, whose answer is then yours to check.
 *
 * @example
 * const Names: TypedDocument<{ apps: { nodes: { name: string }[] } }, Record<string, never>> = '{ apps { nodes { name } } }';
 */
export interface TypedDocument<Data, Variables> {
  toString(): string;
  /** Never there: it carries the types. */
  readonly __apiType?: (variables: Variables) => Data;
}

/** What a call may be given besides its variables. */
export interface RequestOptions {
  /** Ends the call, or the stream, when it is aborted. */
  readonly signal?: AbortSignal;
}

/** Variables may be left out where the operation needs none. */
export type Arguments<Variables> =
  Record<string, never> extends Variables
    ? [variables?: Variables | null, options?: RequestOptions]
    : [variables: Variables, options?: RequestOptions];
