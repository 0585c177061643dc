/**
 * The text of an operation, with the types of its answer and its variables. graphql-code-generator makes such documents with
 * `documentMode: 'string'`. A plain string is one too; check its answer yourself.
 *
 * @example
 * const Names: TypedDocument<{ apps: { nodes: { name: string }[] } }, Record<string, never>> = '{ apps { nodes { name } } }';
 */
export interface TypedDocument<Data, Variables> {
  toString(): string;
  /** Never set: it carries the types. */
  readonly __apiType?: (variables: Variables) => Data;
}

/** The options of a call. */
export interface RequestOptions {
  /** Ends the call or the stream when it is aborted. */
  readonly signal?: AbortSignal;
}

/** The variables are optional if the operation needs none. */
export type Arguments<Variables> =
  Record<string, never> extends Variables
    ? [variables?: Variables | null, options?: RequestOptions]
    : [variables: Variables, options?: RequestOptions];
