import { createHash } from 'node:crypto';
import { type DocumentNode, type ExecutionArgs, getOperationAST, visit } from 'graphql';
import type { GraphQLContext } from '../../../schema/context.ts';
import { Group, MOST_KEPT } from './group.ts';

/** The groups of a server, by what their texts contain. */
export class SharedStreams {
  readonly #groups = new Map<string, Group>();
  readonly #numbers = new WeakMap<DocumentNode, number>();
  readonly #mostKept: number;
  #lastNumber = 0;

  constructor(mostKept = MOST_KEPT) {
    this.#mostKept = mostKept;
  }

  /** The group of streams that have the same texts. If there is none, it begins at the cursor. */
  groupAt(args: ExecutionArgs, cursor: string): Group {
    const key = this.#keyOf(args);
    let group = this.#groups.get(key);
    if (!group) {
      group = new Group(args, cursor, this.#mostKept, () => this.#groups.delete(key));
      this.#groups.set(key, group);
    }
    return group;
  }

  /**
   * Identifies what the texts of a stream contain. All viewers of a role can read the same, and `App.url` depends on
   * the address that the client uses. Where the stream began does not matter any more.
   */
  #keyOf(args: ExecutionArgs): string {
    const { document, operationName = null, variableValues } = args;
    const { viewer, requestHost, requestOrigin, handover } = args.contextValue as GraphQLContext;
    // A variable that is left out has its default; null does not.
    const variables = variablesOfTexts(document, operationName).map((name) =>
      variableValues && name in variableValues ? [name, variableValues[name]] : [name],
    );
    const parts = [
      ...[viewer.role, requestHost, requestOrigin],
      ...[this.#numberOf(document), operationName, variables, handover?.query],
    ];
    return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
  }

  #numberOf(document: DocumentNode): number {
    let number = this.#numbers.get(document);
    if (number === undefined) {
      this.#lastNumber += 1;
      number = this.#lastNumber;
      this.#numbers.set(document, number);
    }
    return number;
  }
}

const variables = new WeakMap<DocumentNode, Map<string | null, readonly string[]>>();

/** The variables that an operation uses anywhere but in the arguments of its first field, which say where it begins. */
function variablesOfTexts(document: DocumentNode, operationName: string | null): readonly string[] {
  const known = variables.get(document) ?? new Map<string | null, readonly string[]>();
  variables.set(document, known);
  const found = known.get(operationName) ?? findVariables(document, operationName);
  known.set(operationName, found);
  return found;
}

function findVariables(document: DocumentNode, operationName: string | null): readonly string[] {
  const [field] = getOperationAST(document, operationName)?.selectionSet.selections ?? [];
  const names = new Set<string>();
  visit(document, {
    // A definition is not a use.
    VariableDefinition: () => false,
    Field: (node) => (node === field ? { ...node, arguments: [] } : undefined),
    Variable: ({ name }) => void names.add(name.value),
  });
  return [...names].sort();
}
