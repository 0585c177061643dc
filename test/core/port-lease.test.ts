import fc from 'fast-check';
import { expect, test } from 'vitest';
import { choosePort, type PortQuestion } from '../../src/core/port-lease.ts';

const empty: PortQuestion = {
  min: 3001,
  max: 3005,
  never: [],
  held: new Set(),
  gone: [],
  unavailable: new Set(),
};

test('A17: the lowest port that no app holds, that is not in use, and that is not the server’s own', () => {
  expect(choosePort(empty)).toEqual({ port: 3001, takenFromGone: false });
  expect(
    choosePort({ ...empty, never: [3001], held: new Set([3002]), unavailable: new Set([3003]) }),
  ).toEqual({ port: 3004, takenFromGone: false });
});

test('A20: a full range takes the port of the app that has been gone longest', () => {
  const held = new Set([3001, 3002, 3003, 3004, 3005]);
  expect(choosePort({ ...empty, held, gone: [3004, 3002] })).toEqual({ port: 3004, takenFromGone: true });
  expect(choosePort({ ...empty, held, gone: [3004, 3002], unavailable: new Set([3004]) })).toEqual({
    port: 3002,
    takenFromGone: true,
  });
  held.delete(3005);
  expect(choosePort({ ...empty, held, gone: [3004] })).toEqual({ port: 3005, takenFromGone: false });
});

test('B-16: nothing is left', () => {
  expect(choosePort({ ...empty, held: new Set([3001, 3002, 3003, 3004, 3005]) })).toBeNull();
  expect(choosePort({ ...empty, min: 3001, max: 3001, never: [3001], gone: [3001] })).toBeNull();
  expect(choosePort({ ...empty, max: 3000 })).toBeNull();
});

const port = fc.integer({ min: 2998, max: 3012 });
const question = fc
  .record({
    min: fc.integer({ min: 3000, max: 3003 }),
    size: fc.integer({ min: 0, max: 6 }),
    never: fc.uniqueArray(port, { maxLength: 2 }),
    held: fc.uniqueArray(port),
    gone: fc.uniqueArray(port),
    unavailable: fc.uniqueArray(port),
  })
  .map(
    ({ size, held, gone, unavailable, ...rest }): PortQuestion => ({
      ...rest,
      max: rest.min + size,
      // Whether the caller counts the ports of gone apps among the held ones changes nothing.
      held: new Set(held),
      gone,
      unavailable: new Set(unavailable),
    }),
  );

test('A17, A20, B-16: the choice is the first of all that may be chosen, and null only where none may', () => {
  fc.assert(
    fc.property(question, (asked) => {
      const range = Array.from({ length: asked.max - asked.min + 1 }, (_, index) => asked.min + index);
      const usable = range.filter((each) => !asked.never.includes(each) && !asked.unavailable.has(each));
      const free = usable.filter((each) => !asked.held.has(each) && !asked.gone.includes(each));
      const reclaimable = asked.gone.filter((each) => usable.includes(each));
      const expected = free[0] ?? reclaimable[0];
      expect(choosePort(asked)).toEqual(
        expected === undefined ? null : { port: expected, takenFromGone: free.length === 0 },
      );
    }),
  );
});

test('B-16: as many apps as there are ports get one each, and the next one gets none', () => {
  fc.assert(
    fc.property(question, (asked) => {
      const held = new Set(asked.held);
      const given = new Set<number>();
      for (;;) {
        const choice = choosePort({ ...asked, held, gone: [] });
        if (choice === null) break;
        expect(given.has(choice.port)).toBe(false);
        given.add(choice.port);
        held.add(choice.port);
      }
      expect(given.size).toBeLessThanOrEqual(asked.max - asked.min + 1);
    }),
  );
});
