import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { program } from '../support/programs.ts';
import { lives, type Outcome, sharedServer } from '../support/whole-server.ts';

const server = sharedServer({ env: { TOEHOLD_RESTART_DELAYS: '100ms,1h' } });

/** All over one connection's worth of time, in no order that anybody chose. */
function commandsOn(name: string, count: number): Promise<Outcome[]> {
  const kinds = ['startApp', 'stopApp', 'restartApp'];
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      server().command(kinds[(index * 7) % 3] ?? 'startApp', name, index % 5 === 0),
    ),
  );
}

describe('B-12: 200 commands at once on one app', () => {
  test.for([
    ['startApp', 'RUNNING'],
    ['stopApp', 'STOPPED'],
  ] as const)('are each answered, and a %s behind them decides', async ([last, state]) => {
    const { addApp, waitForState, command, runs, ask } = server();
    await addApp('busy', { script: program('serve') });
    await waitForState('busy', last === 'startApp' ? 'RUNNING' : 'RUNNING');
    const answers = await commandsOn('busy', 200);
    expect(answers).toHaveLength(200);
    for (const { __typename } of answers) {
      expect(__typename).toMatch(/^(St(art|op)App|RestartApp)Success$|^St(art|op)FailedError$/);
    }
    expect((await command(last, 'busy')).__typename).toMatch(/Success$/);
    const app = await waitForState('busy', state);
    const ended = (await runs('busy')).filter(({ exit }) => exit !== null);
    expect((await runs('busy')).length - ended.length).toBe(state === 'RUNNING' ? 1 : 0);
    if (state === 'STOPPED') return;
    const { app: used } = await ask<{ app: { usage: { processes: number } } }>(
      '{ app(by: { name: "busy" }) { usage { processes } } }',
    );
    expect(used.usage.processes).toBe(1);
    expect(lives(app.run?.pid)).toBe(true);
  });
});

describe('B-12: the last of start, stop and restart', () => {
  test('a stop in backoff is heeded, also over an edit', async () => {
    const { addApp, appsDir, waitForApp, command, app } = server();
    await addApp('broken', { script: 'exit 1' });
    await waitForApp('broken', 'waits an hour', ({ restart }) => restart?.attempt === 2);
    expect((await command('stopApp', 'broken')).__typename).toBe('StopAppSuccess');
    expect(await app('broken')).toMatchObject({ state: 'STOPPED', desiredState: 'STOPPED', restart: null });
    await writeFile(
      join(appsDir, 'broken', 'current', 'package.json'),
      JSON.stringify({ scripts: { toes: program('serve') }, toes: { icon: '🐙' } }),
    );
    await waitForApp('broken', 'has its new icon', async () => {
      const { app: seen } = await server().ask<{ app: { icon: string } }>(
        '{ app(by: { name: "broken" }) { icon } }',
      );
      return seen.icon === '🐙';
    });
    expect(await app('broken')).toMatchObject({ state: 'STOPPED', desiredState: 'STOPPED' });
  });

  test('an explicit start in backoff begins to count anew', async () => {
    const { addApp, waitForApp, command } = server();
    await addApp('counted', { script: 'exit 1' });
    await waitForApp('counted', 'waits an hour', ({ restart }) => restart?.attempt === 2);
    expect(await command('startApp', 'counted')).toMatchObject({
      ...{ __typename: 'StartFailedError', message: 'It ended by itself before it was ready with code 1' },
    });
    await waitForApp('counted', 'waits an hour again', ({ restart }) => restart?.attempt === 2);
  });

  test('a start while it is stopping is not lost, nor a stop behind that', async () => {
    const { addApp, waitForState, command, app, states } = server();
    await addApp('torn', { script: program('serve', '--on-term', 'ignore') });
    await waitForState('torn', 'RUNNING');
    const stop = command('stopApp', 'torn');
    await waitForState('torn', 'STOPPING');
    expect((await command('startApp', 'torn')).__typename).toBe('StartAppSuccess');
    expect(await stop).toMatchObject({ __typename: 'StopFailedError', message: 'Superseded by a start' });
    expect((await app('torn'))?.state).toBe('RUNNING');

    const again = command('stopApp', 'torn', false);
    await again;
    await command('restartApp', 'torn', false);
    expect((await command('stopApp', 'torn')).__typename).toBe('StopAppSuccess');
    expect(await app('torn')).toMatchObject({ state: 'STOPPED', desiredState: 'STOPPED' });
    expect((await states('torn')).at(-1)).toBe('STOPPED');
  });

  test('a restart of a stopped app starts it, and a start of a running one changes nothing', async () => {
    const { command, app } = server();
    expect((await command('restartApp', 'torn')).__typename).toBe('RestartAppSuccess');
    const before = await app('torn');
    expect((await command('startApp', 'torn')).__typename).toBe('StartAppSuccess');
    expect(await app('torn')).toEqual(before);
  });

  test('a removal wins over all', async () => {
    const { command, app, waitForState } = server();
    await waitForState('torn', 'RUNNING');
    const pid = (await app('torn'))?.run?.pid;
    const removal = command('removeApp', 'torn');
    const others = await Promise.all(
      ['startApp', 'restartApp', 'startApp', 'stopApp'].map((kind) => command(kind, 'torn')),
    );
    expect((await removal).__typename).toBe('RemoveAppSuccess');
    expect(others.every(({ __typename }) => __typename !== 'OperationFailedError')).toBe(true);
    expect(await app('torn')).toBe(null);
    expect(lives(pid)).toBe(false);
  });
});
