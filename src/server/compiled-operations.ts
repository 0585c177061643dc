import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type GraphQLSchema,
  getNamedType,
  getOperationAST,
  isAbstractType,
  Kind,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { CompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import { fragmentsOf } from './operation-limits.ts';

type Compile = typeof import('graphql-jit').compileQuery;

/** After so many executions an operation is compiled. */
const OFTEN = 5;
/**
 * The most fields of an operation that is compiled. A field counts each time that its fragment is used, and once for each
 * type that it can belong to: the code has it as often. So compiling takes 20 ms at most.
 */
const MOST_FIELDS = 300;
/** For so many documents the code is kept: those used last. */
const MOST_DOCUMENTS = 50;

/** How often an operation was executed; then its compiled code. Null: it is not compiled. */
type State = { times: number } | CompiledQuery | null;

/** By document and operation name. */
const states = new LRUCache<DocumentNode, Map<string, State>>({ max: MOST_DOCUMENTS });
/** Loaded when the first operation is compiled. */
let compile: Compile | null = null;
let loading = false;

/**
 * Executes an operation that changes nothing, by compiled code if it is executed again and again: that takes a fourth
 * of the time. Errors of compiled code can differ from those of graphql's `execute`, so what fails is executed again.
 */
export async function executeOften(args: ExecutionArgs): Promise<ExecutionResult> {
  const compiled = compiledFor(args);
  if (!compiled) return execute(args);
  const { rootValue, contextValue, variableValues } = args;
  const result: ExecutionResult = await compiled.query(rootValue, contextValue, variableValues);
  if (!result.errors) return result;
  const again = await execute(args);
  if (!again.errors) states.get(args.document)?.set(args.operationName ?? '', null);
  return again;
}

function compiledFor({ schema, document, operationName }: ExecutionArgs): CompiledQuery | null {
  const ofDocument = states.get(document) ?? new Map<string, State>();
  states.set(document, ofDocument);
  const name = operationName ?? '';
  const known = ofDocument.get(name);
  if (known === null) return null;
  if (known && 'query' in known) return known;
  const times = (known?.times ?? 0) + 1;
  ofDocument.set(name, { times });
  if (times < OFTEN) return null;
  if (!compile) {
    load();
    return null;
  }
  const isSmall = countFields(schema, document, name) <= MOST_FIELDS;
  const compiled = isSmall ? compile(schema, document, name) : null;
  const usable = compiled && 'query' in compiled ? compiled : null;
  ofDocument.set(name, usable);
  return usable;
}

function load(): void {
  if (loading) return;
  loading = true;
  import('graphql-jit').then(
    ({ compileQuery }) => {
      compile = compileQuery;
    },
    // Without the library, everything is executed by graphql.
    () => {},
  );
}

/** How many fields the code has. Counts in linear time; the count itself can double with each nested fragment. */
export function countFields(schema: GraphQLSchema, document: DocumentNode, operationName: string): number {
  const fragments = fragmentsOf(document);
  /** How many types each selection set of a field can belong to. */
  const types = new TypeInfo(schema);
  const possible = new Map<SelectionSetNode, number>();
  visit(
    document,
    visitWithTypeInfo(types, {
      Field({ selectionSet }) {
        const type = getNamedType(types.getType());
        if (selectionSet && isAbstractType(type))
          possible.set(selectionSet, schema.getPossibleTypes(type).length);
      },
    }),
  );
  const counts = new Map<SelectionSetNode, number>();

  function count(set: SelectionSetNode): number {
    const known = counts.get(set);
    if (known !== undefined) return known;
    let fields = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) fields += 1;
      const below =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? fragments.get(selection.name.value)?.selectionSet
          : selection.selectionSet;
      if (below) fields += count(below);
    }
    const all = fields * (possible.get(set) ?? 1);
    counts.set(set, all);
    return all;
  }

  const operation = getOperationAST(document, operationName || null);
  return operation ? count(operation.selectionSet) : Number.POSITIVE_INFINITY;
}
