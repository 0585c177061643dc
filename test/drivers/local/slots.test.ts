import { expect, test } from 'vitest';
import { createSlots } from '../../../src/drivers/local/slots.ts';

test('B-31: so many have a slot at a time, and the next get theirs in the order of asking', () => {
  const slots = createSlots(2);
  const turns: string[] = [];
  const take = (name: string) => slots.take(() => turns.push(name));
  const [a, b, c] = [take('a'), take('b'), take('c')];
  take('d');
  expect(turns).toEqual(['a', 'b']);
  b();
  expect(turns).toEqual(['a', 'b', 'c']);
  b();
  expect(turns).toEqual(['a', 'b', 'c']);
  a();
  c();
  expect(turns).toEqual(['a', 'b', 'c', 'd']);
});

test('who leaves the queue frees no slot, and is not called', () => {
  const slots = createSlots(1);
  const turns: string[] = [];
  const first = slots.take(() => turns.push('first'));
  const second = slots.take(() => turns.push('second'));
  slots.take(() => turns.push('third'));
  second();
  expect(turns).toEqual(['first']);
  first();
  expect(turns).toEqual(['first', 'third']);
});

test('A8: two of the same place take turns, and hold up nobody else', () => {
  const slots = createSlots(2);
  const turns: string[] = [];
  const take = (name: string, place: string) => slots.take(() => turns.push(name), place);
  const first = take('first', '/a');
  take('second', '/a');
  const other = take('other', '/b');
  expect(turns).toEqual(['first', 'other']);
  other();
  expect(turns).toEqual(['first', 'other']);
  first();
  expect(turns).toEqual(['first', 'other', 'second']);
});
