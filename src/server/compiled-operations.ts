import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import type { CompiledQuery } from 'graphql-jit';

type Compile = typeof import('graphql-jit').compileQuery;

/** After so many executions an operation is compiled. */
const OFTEN = 5;
/** Operations with more fields, where each fragment counts each time that it is used, are not compiled. */
const MOST_FIELDS = 500;

/** How often an operation was executed; then its compiled code. Null: it cannot be compiled. */
type State = { times: number } | CompiledQuery | null;

const states = new WeakMap<DocumentNode, Map<string, State>>();
/** Loaded when the first operation is compiled. */
let compile: Compile | null = null;

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
  const compiled = countFields(document, name) <= MOST_FIELDS ? compile(schema, document, name) : null;
  const usable = compiled && 'query' in compiled ? compiled : null;
  ofDocument.set(name, usable);
  return usable;
}

let loading = false;
function load(): void {
  if (loading) return;
  loading = true;
  void import('graphql-jit').then(({ compileQuery }) => {
    compile = compileQuery;
  });
}

/** Counts in linear time. The count itself can double with each nested fragment. */
function countFields(document: DocumentNode, operationName: string): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
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
    counts.set(set, fields);
    return fields;
  }

  const operation = getOperationAST(document, operationName || null);
  return operation ? count(operation.selectionSet) : Number.POSITIVE_INFINITY;
}
