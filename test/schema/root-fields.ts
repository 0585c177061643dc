import {
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isRequiredInputField,
} from 'graphql';
import { schema } from '../../schema/index.ts';

export interface RootField {
  /** `Query.apps`. */
  readonly place: string;
  readonly name: string;
  readonly operation: 'query' | 'mutation' | 'subscription';
  readonly field: GraphQLField<unknown, unknown>;
  /** The smallest operation with only this field. */
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** All root fields of the schema. */
export function rootFields(): readonly RootField[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([operation, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) => ({
      place: `${type?.name}.${field.name}`,
      name: field.name,
      operation,
      field,
      ...asking(operation, field),
    })),
  );
}

export function mutationFields(): readonly RootField[] {
  return rootFields().filter(({ operation }) => operation === 'mutation');
}

function asking(operation: string, { name, args, type }: GraphQLField<unknown, unknown>) {
  const needed = args.filter(isRequiredInputField);
  const list = (of: readonly string[]) => (of.length > 0 ? `(${of.join(', ')})` : '');
  const declared = list(needed.map((arg) => `$${arg.name}: ${arg.type}`));
  const given = list(needed.map((arg) => `${arg.name}: $${arg.name}`));
  const selection = isLeafType(getNamedType(type)) ? '' : ' { __typename }';
  return {
    document: `${operation} Sample${declared} { ${name}${given}${selection} }`,
    variables: Object.fromEntries(needed.map((arg) => [arg.name, sampleOf(arg.type)])),
  };
}

function sampleOf(wanted: GraphQLInputType): unknown {
  const type = getNullableType(wanted);
  if (isListType(type)) return [];
  if (isEnumType(type)) return type.getValues().at(-1)?.name;
  if (!isInputObjectType(type)) return type.name === 'Int' ? 1 : 'sample';
  const fields = Object.values(type.getFields());
  const given = type.isOneOf
    ? fields.filter(({ name }) => name === 'name')
    : fields.filter(isRequiredInputField);
  return Object.fromEntries(given.map((field) => [field.name, sampleOf(field.type)]));
}
