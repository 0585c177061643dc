import { describe, expect, it } from 'vitest';
import { commitsIn } from '../support/commits.ts';
import { BEN, stageWith, withManifest } from './given.ts';

const stage = stageWith(['blog', 'worker']);

/** How many transactions the database commits from a command until all that follows from it is done. */
async function commitsOf(command: () => Promise<unknown>, then: () => Promise<unknown>): Promise<number> {
  const before = commitsIn(stage().databaseFile);
  await command();
  await then();
  return commitsIn(stage().databaseFile) - before;
}

async function stopped(app: string): Promise<void> {
  await stage().control.supervisor.stop({ name: app }, BEN);
  await stage().settle();
  expect(stage().app(app).state).toBe('STOPPED');
}

const start = (name: string) => stage().control.supervisor.start({ name }, BEN);

describe('commits of a start', () => {
  it('of an app that serves a port: wanted, begun, spawned, ready', async () => {
    await stopped('blog');
    expect(await commitsOf(() => start('blog'), stage().settle)).toBe(4);
    expect(stage().app('blog').state).toBe('RUNNING');
  });

  it('of a worker, whose start cannot fail before the spawn: begun, spawned, and ready a second later', async () => {
    stage().folders.put('worker', withManifest({ servesPort: false }));
    await stage().settle();
    await stopped('worker');
    expect(await commitsOf(() => start('worker'), stage().settle)).toBe(2);
    expect(stage().app('worker')).toMatchObject({ state: 'STARTING', run: { phase: 'BOOTING', port: null } });
    expect(await commitsOf(() => stage().clock.advance(1_000), stage().settle)).toBe(1);
    expect(stage().app('worker').state).toBe('RUNNING');
  });

  it('with an installation: two more, when it begins and when it has ended', async () => {
    stage().driver.behave('*', { install: 'installs' });
    await stopped('blog');
    expect(await commitsOf(() => start('blog'), stage().settle)).toBe(6);
  });
});
