import fc, { type Arbitrary } from 'fast-check';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';

type Draw = <T>(arbitrary: Arbitrary<T>) => T;

/** What a client may put where a text belongs. */
const TEXT: Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'bystander',
    '',
    '..',
    '../../etc/passwd',
    '.trash',
    'a'.repeat(70),
    '\u0000',
    '💥',
    'QXBwOjE=',
    'null',
    '-1',
  ),
  fc.string({ maxLength: 20 }),
  fc.base64String({ maxLength: 24 }),
);

/** An operation of the schema, valid in its form, with arguments from anywhere. Never one that would end the app beside. */
export function randomOperation(schema: GraphQLSchema): Arbitrary<string> {
  return fc.gen().map((draw) => {
    const kind = draw(fc.constantFrom, 'query', 'query', 'mutation') as 'query' | 'mutation';
    const type = kind === 'query' ? schema.getQueryType() : schema.getMutationType();
    const pick: Draw = (arbitrary) => draw(() => arbitrary);
    const count = pick(fc.integer({ min: 1, max: 3 }));
    const fields = Object.values(type?.getFields() ?? {});
    const chosen = Array.from(
      { length: count },
      (_, index) => `f${index}: ${field(pick(fc.constantFrom(...fields)), 4)}`,
    );
    return `${kind} { ${chosen.join(' ')} }`;

    function field({ name, args, type }: GraphQLField<unknown, unknown>, depth: number): string {
      return `${name}${argumentsOf(args)} ${selection(type, depth)}`;
    }

    function argumentsOf(args: readonly GraphQLArgument[]): string {
      const given = args.filter(({ type }) => isNonNullType(type) || pick(fc.boolean()));
      if (given.length === 0) return '';
      return `(${given.map(({ name, type }) => `${name}: ${value(type, 3)}`).join(', ')})`;
    }

    function value(type: GraphQLInputType, depth: number): string {
      if (!isNonNullType(type) && pick(fc.integer({ min: 0, max: 5 })) === 0) return 'null';
      const inner = getNullableType(type);
      if (isListType(inner)) {
        const length = pick(fc.integer({ min: 0, max: 3 }));
        return `[${Array.from({ length }, () => value(inner.ofType, depth)).join(', ')}]`;
      }
      if (isEnumType(inner)) return pick(fc.constantFrom(...inner.getValues().map(({ name }) => name)));
      if (isInputObjectType(inner)) {
        const fields = Object.values(inner.getFields());
        const given = inner.isOneOf
          ? [pick(fc.constantFrom(...fields))]
          : fields.filter(({ type }) => isNonNullType(type) || (depth > 0 && pick(fc.boolean())));
        const texts = given.map(
          ({ name, type }) => `${name}: ${inner.isOneOf ? text() : value(type, depth - 1)}`,
        );
        return `{${texts.join(', ')}}`;
      }
      switch (inner.name) {
        case 'Int':
          return String(
            pick(fc.oneof(fc.integer({ min: -2, max: 40 }), fc.integer(), fc.constant(2 ** 31 - 1))),
          );
        case 'Boolean':
          return String(pick(fc.boolean()));
        case 'DateTime':
          return pick(
            fc.constantFrom('"2026-01-01T00:00:00.000Z"', '"soon"', '"9999-12-31T23:59:59Z"', '"-1"'),
          );
        default:
          return text();
      }
    }

    /** The app beside is somebody else's. */
    function text(): string {
      const drawn = pick(TEXT);
      return JSON.stringify(
        kind === 'mutation' && ['bystander', 'QXBwOjE='].includes(drawn) ? 'nobody' : drawn,
      );
    }

    function selection(type: GraphQLOutputType, depth: number): string {
      const named = getNamedType(type);
      if (isUnionType(named) || isInterfaceType(named)) {
        const possible = schema.getPossibleTypes(named);
        return `{ __typename ${possible
          .slice(0, 2)
          .map((member) => `... on ${member.name} ${selection(member, depth - 1)}`)
          .join(' ')} }`;
      }
      if (!isObjectType(named)) return '';
      const all = Object.values(named.getFields());
      const fields =
        depth > 0
          ? all
          : all.filter(
              ({ type }) => !('getFields' in getNamedType(type)) && !isUnionType(getNamedType(type)),
            );
      const some = fields.filter(() => pick(fc.integer({ min: 0, max: 3 })) === 0);
      // Two members of a union may have a field of one name and of two types: with a name of its own each, they do not meet.
      const names = some.map((one) => `${one.name}_${named.name}: ${field(one, depth - 1)}`);
      return `{ __typename ${names.join(' ')} }`;
    }
  });
}
