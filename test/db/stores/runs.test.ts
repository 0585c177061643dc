import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { anApp, anEndedRun, aRun } from '../rows.ts';
import { openTemporary, temporaryDirectory } from '../support.ts';

function withApps() {
  const file = join(temporaryDirectory(), 'toehold.db');
  const stores = openTemporary(file);
  const [blog, shop] = [stores.apps.insert(anApp('blog')), stores.apps.insert(anApp('shop'))];
  return { file, stores, runs: stores.runs, blog: blog.id, shop: shop.id };
}

describe('runs', () => {
  test('a run is kept as it was given, and saved again it replaces what was kept', () => {
    const { runs, blog } = withApps();
    const started = aRun(1, blog, { phase: 'BOOTING', pid: null, handle: null, port: null, release: null });
    runs.save(started);
    expect(runs.get(1)).toEqual(started);
    const ended = anEndedRun(1, blog);
    runs.save(ended);
    expect(runs.get(1)).toEqual(ended);
    const unknown = { ...ended, exit: { code: null, signal: null, reason: 'LOST', at: 9 } } as const;
    runs.save(unknown);
    expect(runs.get(1)).toEqual(unknown);
    expect(runs.count(blog)).toBe(1);
    expect(runs.get(2)).toBeNull();
  });

  test('no number is given twice: not after a removal, a rollback or a restart', () => {
    const { file, stores, runs, blog } = withApps();
    expect(runs.nextId()).toBe(1);
    runs.save(anEndedRun(1, blog));
    runs.save(anEndedRun(2, blog));
    expect(runs.nextId()).toBe(3);
    runs.remove(2);
    expect(runs.nextId()).toBe(3);
    expect(() =>
      stores.transaction(() => {
        runs.save(aRun(runs.nextId(), blog));
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect(runs.get(3)).toBeNull();
    const next = runs.nextId();
    expect(next).toBeGreaterThanOrEqual(3);
    stores.apps.remove(blog);
    stores.close();
    expect(openTemporary(file).runs.nextId()).toBeGreaterThanOrEqual(3);
  });

  test("a run is not taken over by another app's", () => {
    const { runs, blog, shop } = withApps();
    runs.save(aRun(1, blog));
    expect(() => runs.save(aRun(1, shop))).toThrow("Run 1 is another app's");
    expect(runs.get(1)?.app).toBe(blog);
  });

  test('the live ones are those that have not ended', () => {
    const { runs, blog, shop } = withApps();
    runs.save(anEndedRun(1, blog));
    runs.save(aRun(2, blog, { phase: 'ENDING' }));
    runs.save(aRun(3, shop, { phase: 'INSTALLING' }));
    expect(runs.live().map((run) => run.id)).toEqual([2, 3]);
    runs.save(anEndedRun(3, shop));
    expect(runs.live().map((run) => run.id)).toEqual([2]);
  });

  test.each([
    [{ after: null, before: null, limit: 2, forward: true }, [9, 7], false, true],
    [{ after: 7, before: null, limit: 2, forward: true }, [5, 3], true, true],
    [{ after: 5, before: null, limit: 9, forward: true }, [3, 1], true, false],
    [{ after: null, before: null, limit: 2, forward: false }, [3, 1], true, false],
    [{ after: null, before: 3, limit: 2, forward: false }, [7, 5], true, true],
    [{ after: null, before: 5, limit: 9, forward: false }, [9, 7], false, true],
    [{ after: 9, before: 1, limit: 9, forward: true }, [7, 5, 3], true, true],
    [{ after: 1, before: null, limit: 9, forward: true }, [], true, false],
    [{ after: null, before: 9, limit: 9, forward: false }, [], false, true],
  ])('a page of %j is %j', (request, ids, hasPrevious, hasNext) => {
    const { runs, blog, shop } = withApps();
    for (let id = 1; id <= 10; id += 1) runs.save(anEndedRun(id, id % 2 ? blog : shop));
    const page = runs.page(blog, request);
    expect(page.runs.map((run) => run.id)).toEqual(ids);
    expect(page).toMatchObject({ hasPrevious, hasNext });
  });

  test('retention gets the oldest ended runs, never a live one', () => {
    const { runs, blog, shop } = withApps();
    runs.save(aRun(1, blog));
    for (const id of [2, 3, 4, 5]) runs.save(anEndedRun(id, blog));
    runs.save(anEndedRun(6, shop));
    expect(runs.surplus(blog, 2)).toEqual([2, 3]);
    expect(runs.surplus(blog, 4)).toEqual([]);
  });
});
