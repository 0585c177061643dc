import { EventEmitter } from 'node:events';
import { beforeEach, expect, test } from 'vitest';
import { watchForFaults } from '../../../src/cli/serve/faults.ts';

let source: EventEmitter;
let printed: string[];
let codes: number[];

beforeEach(() => {
  source = new EventEmitter();
  printed = [];
  codes = [];
  watchForFaults({
    source: source as unknown as NodeJS.Process,
    print: (line) => printed.push(line),
    exit: (code) => codes.push(code),
  });
});

const fault = new Error('the disk said no', { cause: new Error('it is full') });

test('a rejection that nobody waited for is told whole, and ends nothing', () => {
  source.emit('unhandledRejection', fault);
  expect(printed.join()).toMatch(/the disk said no\n {4}at [\s\S]*it is full/);
  expect(codes).toEqual([]);
});

test('an exception that nobody caught is told whole, and ends the process with 1', () => {
  source.emit('uncaughtException', fault);
  expect(printed.join()).toMatch(/the apps run on: Error: the disk said no\n {4}at [\s\S]*it is full/);
  expect(codes).toEqual([1]);
});

test('what is no error is told too', () => {
  source.emit('unhandledRejection', { reason: 'odd' });
  expect(printed).toEqual(["toehold: an operation failed and nobody was told: { reason: 'odd' }"]);
});
