import { readFile } from 'node:fs/promises';
import {
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../schema/index.ts';
import { printedSchema } from '../../schema/sdl.ts';

const contract = buildSchema(await readFile(new URL('./contract.graphql', import.meta.url), 'utf8'));

describe('the schema', () => {
  it('has everything of the contract, with its names and types', () => {
    expect(findBreakingChanges(contract, schema)).toEqual([]);
    expect(findDangerousChanges(contract, schema).filter(({ type }) => type.includes('DEFAULT'))).toEqual([]);
  });

  it('has every field of the contract with exactly its type, including nullability', () => {
    // In this direction, additions of the server's schema count as removed, which is fine.
    const lost = findBreakingChanges(schema, contract).filter(
      ({ type }) => !type.endsWith('REMOVED') && !type.includes('REMOVED_FROM'),
    );
    expect(lost).toEqual([]);
  });

  it('describes every type, field, argument, input field and enum value', () => {
    const bare = [...things(schema)]
      .filter(({ description }) => !description?.trim())
      .map(({ place }) => place);
    expect(bare).toEqual([]);
  });

  it('is the one in schema/schema.graphql', async () => {
    const committed = await readFile(new URL('../../schema/schema.graphql', import.meta.url), 'utf8');
    expect(committed, 'run "npm run codegen" and commit what it writes').toBe(printedSchema());
  });
});

interface Thing {
  readonly place: string;
  readonly description: string | null | undefined;
}

function* things(of: GraphQLSchema): Generator<Thing> {
  for (const type of Object.values(of.getTypeMap())) {
    if (!type.name.startsWith('__')) yield* partsOf(type);
  }
}

function* partsOf(type: GraphQLNamedType): Generator<Thing> {
  yield { place: type.name, description: type.description };
  if (isEnumType(type)) {
    for (const value of type.getValues())
      yield { place: `${type.name}.${value.name}`, description: value.description };
  }
  if (isInputObjectType(type)) {
    for (const field of Object.values(type.getFields())) {
      yield { place: `${type.name}.${field.name}`, description: field.description };
    }
  }
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      const place = `${type.name}.${field.name}`;
      yield { place, description: field.description };
      for (const arg of field.args) yield { place: `${place}(${arg.name})`, description: arg.description };
    }
  }
}
