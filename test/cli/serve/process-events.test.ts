import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import { listenForStop, watchForFaults } from '../../../src/cli/serve/process-events.ts';
import { createManualClock, type ManualClock } from '../../support/manual-clock.ts';

describe('A21: signals', () => {
  let clock: ManualClock;
  let source: EventEmitter;
  let told: string[];
  let letGo: () => void;

  beforeEach(() => {
    clock = createManualClock();
    source = new EventEmitter();
    told = [];
    letGo = listenForStop({
      source,
      clock,
      stop: (signal) => told.push(`stop ${signal}`),
      force: (signal) => told.push(`force ${signal}`),
    });
  });

  const send = (signal: string) => source.emit(signal, signal);

  test.each(['SIGTERM', 'SIGINT'])('A21: %s starts the shutdown', (signal) => {
    send(signal);
    expect(told).toEqual([`stop ${signal}`]);
  });

  test('A21: a second signal within a second counts as the same key press', async () => {
    send('SIGINT');
    await clock.advance(999);
    send('SIGTERM');
    expect(told).toEqual(['stop SIGINT']);
  });

  test('A21: a second signal after a second forces the end, once', async () => {
    send('SIGTERM');
    await clock.advance(500);
    send('SIGTERM');
    await clock.advance(500);
    send('SIGINT');
    send('SIGINT');
    expect(told).toEqual(['stop SIGTERM', 'force SIGINT']);
  });

  test('A21: setting the wall clock back does not delay it', async () => {
    send('SIGTERM');
    clock.jump(-3_600_000);
    await clock.advance(1_000);
    send('SIGTERM');
    expect(told).toEqual(['stop SIGTERM', 'force SIGTERM']);
  });

  test('A21: SIGHUP has a listener that does nothing, so it does not end the process', () => {
    expect(send('SIGHUP')).toBe(true);
    expect(told).toEqual([]);
  });

  test('removes every listener', () => {
    letGo();
    expect(source.eventNames()).toEqual([]);
  });
});

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

test('an unhandled rejection is printed whole, and does not end the process', () => {
  source.emit('unhandledRejection', fault);
  expect(printed.join()).toMatch(/the disk said no\n {4}at [\s\S]*it is full/);
  expect(codes).toEqual([]);
});

test('an uncaught exception is printed whole, and ends the process with 1', () => {
  source.emit('uncaughtException', fault);
  expect(printed.join()).toMatch(/the apps keep running: Error: the disk said no\n {4}at [\s\S]*it is full/);
  expect(codes).toEqual([1]);
});

test('a rejection with a value that is not an error is printed too', () => {
  source.emit('unhandledRejection', { reason: 'odd' });
  expect(printed).toEqual(["toehold: an operation failed without being reported: { reason: 'odd' }"]);
});
