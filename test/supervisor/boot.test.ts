import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileOperation } from '../support/scripted-files.ts';
import { createStage, type Stage } from '../support/stage.ts';

const BY = { actor: 'ben' };
const OLD = '20260101-000000';
const NEW = '20260102-000000';

let stage: Stage;

beforeEach(async () => {
  stage = createStage();
  stage.folders.put('blog', { release: OLD });
  stage.folders.put('shop');
  await stage.start();
  await stage.settle();
});

afterEach(() => stage.close());

/** Every place between two steps at which a control plane can be killed. */
function places(...operations: FileOperation[]): [FileOperation, 'before' | 'after'][] {
  return operations.flatMap((operation) => [
    [operation, 'before'],
    [operation, 'after'],
  ]);
}

async function killedAt(
  operation: FileOperation,
  when: 'before' | 'after',
  act: () => unknown,
): Promise<void> {
  stage.folders.hangNext(operation, when);
  void act();
  await stage.settle();
  await stage.crash();
  await stage.settle();
}

/** The intent is gone, and the other app ran on. */
function expectSettled(): void {
  expect(stage.stores.apps.all().flatMap(({ intent }) => intent ?? [])).toEqual([]);
  expect(stage.app('shop')).toMatchObject({ state: 'RUNNING', run: { recoveries: 1 } });
  expect(stage.problems).toEqual([]);
}

describe('a rename that a kill interrupts', () => {
  for (const [operation, when] of places('rename', 'look')) {
    it(`is finished or undone: killed ${when} ${operation}`, async () => {
      const { id } = stage.app('blog');
      await killedAt(operation, when, () => stage.control.supervisor.rename({ name: 'blog' }, 'diary', BY));
      const moved = operation === 'look' || when === 'after';
      expect(stage.app(moved ? 'diary' : 'blog')).toMatchObject({ id, state: 'RUNNING' });
      expect(stage.control.supervisor.apps()).toHaveLength(2);
      const renames = stage.journal().filter(({ fact }) => fact.type === 'AppRenamed');
      expect(renames.map(({ actor }) => actor)).toEqual(moved ? ['ben'] : []);
      expectSettled();
    });
  }

  it('is undone where the app was still being stopped', async () => {
    stage.driver.behave('*', { stop: 'ignores' });
    void stage.control.supervisor.rename({ name: 'blog' }, 'diary', BY);
    await stage.settle();
    await stage.crash();
    await stage.clock.advance(10_000);
    expect(stage.app('blog')).toMatchObject({ state: 'RUNNING', run: { cause: 'RENAME' } });
    expectSettled();
  });
});

describe('a removal that a kill interrupts', () => {
  for (const [operation, when] of places('trash')) {
    it(`is finished or undone: killed ${when} ${operation}`, async () => {
      const { id } = stage.app('blog');
      await killedAt(operation, when, () => stage.control.supervisor.remove({ name: 'blog' }, BY));
      const removed = stage.journal().filter(({ fact }) => fact.type === 'AppRemoved');
      if (when === 'before') {
        expect(stage.app('blog')).toMatchObject({ id, state: 'RUNNING' });
        expect(removed).toEqual([]);
      } else {
        expect(stage.control.supervisor.app({ name: 'blog' })).toBeNull();
        expect(stage.stores.ports.ofApp(id)).toBeNull();
        expect(removed).toMatchObject([{ actor: 'ben', app: { id, name: 'blog' } }]);
      }
      expectSettled();
    });
  }
});

describe('an icon that a kill interrupts', () => {
  for (const [operation, when] of places('writeIcon')) {
    it(`is written or not, and leaves no other file: killed ${when} ${operation}`, async () => {
      await killedAt(operation, when, () => stage.control.supervisor.setIcon({ name: 'blog' }, '🦊', BY));
      expect(stage.app('blog').icon).toBe(when === 'after' ? '🦊' : '🖥️');
      expect(stage.folders.cleared).toEqual(['blog']);
      expectSettled();
    });
  }
});

describe('an activation that a kill interrupts', () => {
  const activate = () => stage.control.supervisor.activateRelease({ name: 'blog' }, NEW, BY);

  for (const [operation, when] of places('activate')) {
    it(`is finished or undone: killed ${when} ${operation}`, async () => {
      await killedAt(operation, when, activate);
      const release = when === 'after' ? NEW : OLD;
      expect(stage.app('blog')).toMatchObject({ release, state: 'RUNNING' });
      expectSettled();
    });
  }

  it('is resumed, and goes back where the release does not become ready', async () => {
    stage.driver.behave('*', { start: 'silent' });
    void activate();
    await stage.settle();
    await stage.crash();
    await stage.settle();
    expect(stage.app('blog')).toMatchObject({ release: NEW, state: 'STARTING' });
    stage.driver.behave('*', { start: 'listens' });
    await stage.clock.advance(31_000);
    expect(stage.app('blog')).toMatchObject({ release: OLD, state: 'RUNNING' });
    expect(stage.stores.apps.all().flatMap(({ intent }) => intent ?? [])).toEqual([]);
  });
});
