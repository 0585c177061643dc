import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startApps } from '../../../src/cli/commands/change.ts';
import { stepOf } from '../../../src/cli/commands/mutations.ts';
import { CommandFailure } from '../../../src/cli/failure.ts';
import type { Session } from '../../../src/cli/servers/session.ts';

/** A session whose server has these apps, refuses `refused`, and counts the starts that it works on at the same time. */
function session(names: readonly string[], refused: readonly string[] = []) {
  const printed: string[] = [];
  let running = 0;
  let most = 0;
  const client = {
    async request(_document: unknown, variables?: { input?: { app: { name: string } } }) {
      const name = variables?.input?.app.name;
      if (name === undefined)
        return { apps: { nodes: names.map((name) => ({ name })), pageInfo: { hasNextPage: false } } };
      running += 1;
      most = Math.max(most, running);
      // The first takes the longest.
      for (let turns = names.length - names.indexOf(name); turns > 0; turns--) await turn();
      running -= 1;
      if (refused.includes(name))
        return { startApp: { __typename: 'AppBusyError', code: 'APP_BUSY', message: 'is busy' } };
      return { startApp: { __typename: 'StartAppSuccess', app: { name, icon: '', state: 'STARTING' } } };
    },
  };
  const out = {
    paint: (_style: string, text: string) => text,
    print: (line: string) => printed.push(line.trim().split(' ')[0] ?? ''),
    note: () => {},
  };
  return { session: { client, out, json: false } as unknown as Session, printed, most: () => most };
}

const NAMES = Array.from({ length: 40 }, (_, index) => `app-${String(index).padStart(2, '0')}`);

test('start --all starts several apps at the same time, and prints them in the order of their names', async () => {
  const { session: of, printed, most } = session(NAMES);
  await startApps({ session: of, arguments: [[]], options: { all: true } });
  expect(printed).toEqual(NAMES);
  expect(most()).toBe(8);
});

test('an app that is refused does not stop the others', async () => {
  const { session: of, printed } = session(NAMES, ['app-03', 'app-20']);
  const failure = await startApps({ session: of, arguments: [NAMES], options: {} }).catch((error) => error);
  expect(failure).toBeInstanceOf(CommandFailure);
  expect(failure.message).toBe('app-03: is busy\napp-20: is busy');
  expect(printed).toEqual(NAMES.filter((name) => !failure.message.includes(name)));
});

test.each([
  [{ phase: 'INSTALLING', port: 3001, pid: null }, 'installing its dependencies'],
  [{ phase: 'BOOTING', port: 3001, pid: null }, 'starting'],
  [{ phase: 'BOOTING', port: 3001, pid: 4711 }, 'booting: waiting for port 3001'],
  [{ phase: 'BOOTING', port: null, pid: 4711 }, 'booting'],
  [null, 'starting'],
] as const)('of a run that is %j, --wait says %j', (run, step) => {
  expect(stepOf({ state: 'STARTING', run, restart: null })).toBe(step);
});
