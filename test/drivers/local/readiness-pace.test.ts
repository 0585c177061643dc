import { expect, test } from 'vitest';
import { Members } from '../../../src/drivers/local/members.ts';
import type { Platform } from '../../../src/drivers/local/platform.ts';
import { buildTable } from '../../../src/drivers/local/process-table.ts';
import { Readiness } from '../../../src/drivers/local/readiness.ts';
import type { ListeningSocket } from '../../../src/host/tcp-sockets.ts';
import { createManualClock } from '../../support/manual-clock.ts';

const SCRIPT = { pid: 4_711, start: 7 };

/** A system with one run's script, whose sockets the test owns, and how often it was looked at. */
function system() {
  const clock = createManualClock();
  const looks = { counts: 0, tables: 0, scans: 0, closes: 0 };
  const state = { listening: [] as ListeningSocket[], inUse: 1, seen: 0, heard: [] as string[] };
  const platform: Platform = {
    controlGroup: null,
    processes: {
      boot: 'boot',
      tellsMarks: true,
      rowOf: () => null,
      isThisBoot: () => true,
      async scan() {
        looks.scans++;
        return buildTable([]);
      },
      startOf: (pid) => (pid === SCRIPT.pid ? SCRIPT.start : null),
      startOfChild: () => 0,
    },
    sockets: {
      listening: async () => state.listening,
      watch: () => ({
        look(all) {
          looks.counts++;
          if (!all && state.seen === state.inUse) return null;
          looks.tables++;
          state.seen = state.inUse;
          return state.listening;
        },
        close: () => void looks.closes++,
      }),
      socketsOf: () => new Set(['11']),
      sameNetwork: () => true,
    },
  };
  const spec = {
    ...{ run: 1, app: 1, appName: 'blog', mark: 'mark-1', appDirectory: '/a', releaseDirectory: '/a' },
    ...{ script: 'x', port: 3_001, install: false, variables: {} },
  };
  const run = {
    ...{ spec, directory: '/runs/1', mark: 'mark-1', uid: null, leaders: [], followed: new Map() },
    ...{ controlGroup: null, shim: null, shimIdentity: null, installer: null, listener: null },
    ...{ script: SCRIPT, stopping: false, killing: false, over: false, portWasFree: true },
    listensAt: (address: string) => void state.heard.push(address),
  };
  const readiness = new Readiness(clock, platform, new Members(platform.processes, clock));
  return { clock, looks, state, readiness, run };
}

const LISTENER: ListeningSocket = { port: 3_001, address: '127.0.0.1', inode: '11', uid: 0 };

test('while nothing changes, an app that takes a minute costs one look a second at the table of sockets', async () => {
  const { clock, looks, state, readiness, run } = system();
  readiness.watch(run);
  await clock.advance(60_000);
  expect(looks.tables).toBeLessThanOrEqual(75);
  // Every 5 ms for 3 s, then every 25 ms.
  expect(looks.counts).toBeLessThanOrEqual(3_000);
  expect(looks.scans).toBe(0);
  expect(state.heard).toEqual([]);
  readiness.close();
});

test('a minute later, a socket that listens is seen within 25 ms, and nothing is looked at from then on', async () => {
  const { clock, looks, state, readiness, run } = system();
  readiness.watch(run);
  await clock.advance(60_000);
  state.listening = [LISTENER];
  state.inUse = 2;
  await clock.advance(25);
  expect(state.heard).toEqual(['127.0.0.1']);
  expect(run.listener).toEqual(SCRIPT);
  expect(looks.closes).toBe(1);
  const before = { ...looks };
  await clock.advance(60_000);
  expect(looks).toEqual(before);
  expect(clock.pending()).toBe(0);
});

test('one that listens when the run is watched is seen at once', async () => {
  const { clock, state, readiness, run } = system();
  state.listening = [LISTENER];
  readiness.watch(run);
  await clock.advance(1);
  expect(state.heard).toEqual(['127.0.0.1']);
});

test('one that takes the place of a socket that is closed at the same time is seen, too', async () => {
  const { clock, state, readiness, run } = system();
  readiness.watch(run);
  await clock.advance(10_000);
  state.listening = [LISTENER];
  await clock.advance(1_000);
  expect(state.heard).toEqual(['127.0.0.1']);
});
