import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JournalEvent } from '../../../src/core/events.ts';
import { anEvent } from '../rows.ts';
import { openTemporary, temporaryDirectory } from '../support.ts';

describe('events', () => {
  test('an event is kept as it was given, with the next number', () => {
    const { events } = openTemporary();
    const [conflict, stopping] = events.append([
      anEvent(3, { fact: { type: 'PortConflict', port: 3001, holder: { pid: 1, command: 'nginx' } } }),
      anEvent(null, { actor: 'supervisor' }),
    ]);
    expect([conflict?.seq, stopping?.seq]).toEqual([1, 2]);
    expect(events.get(1)).toEqual(conflict);
    expect(events.get(2)).toEqual(stopping);
    expect(events.get(3)).toBeNull();
    expect([events.first(), events.last()]).toEqual([1, 2]);
  });

  test('an update that an earlier version wrote names its fields, without the values', () => {
    const { events } = openTemporary();
    const fields = ['icon', 'desiredState', 'access', 'unheard of'];
    const written = { type: 'AppUpdated', fields } as unknown as JournalEvent['fact'];
    events.append([anEvent(1, { fact: written })]);
    const unknown = { before: null, after: null };
    expect(events.get(1)?.fact).toEqual({
      type: 'AppUpdated',
      changes: [
        { field: 'ICON', ...unknown },
        { field: 'DESIRED_STATE', ...unknown },
        { field: 'GRANTED_ROLE', ...unknown },
      ],
    });
  });

  test('numbers go on after a removal, a rollback and a restart', () => {
    const file = join(temporaryDirectory(), 'toehold.db');
    const stores = openTemporary(file);
    expect([stores.events.first(), stores.events.last()]).toEqual([0, 0]);
    stores.events.append([anEvent(1), anEvent(1)]);
    expect(() =>
      stores.transaction(() => {
        stores.events.append([anEvent(1)]);
        throw new Error('undone');
      }),
    ).toThrow('undone');
    expect(stores.events.last()).toBe(2);
    expect(stores.events.prune({ keep: 0, olderThan: 0, limit: 10 })).toBe(2);
    expect([stores.events.first(), stores.events.last()]).toEqual([0, 2]);
    stores.close();
    const next = openTemporary(file);
    expect(next.events.last()).toBe(2);
    expect(next.events.append([anEvent(1)])[0]?.seq).toBe(3);
  });

  test('none of several is kept where one cannot be', () => {
    const { events } = openTemporary();
    const broken = anEvent(1, { at: 'never' as unknown as number, actor: null as unknown as string });
    expect(() => events.append([anEvent(1), broken])).toThrow('NOT NULL');
    expect(events.last()).toBe(0);
    expect(events.append([anEvent(1)])[0]?.seq).toBe(1);
  });

  const every = { apps: null, after: null, before: null, limit: 3, forward: true };
  // Numbers 1 to 20: app 1 has the odd ones, app 2 every fourth, nobody the rest.
  test.each([
    [every, [1, 2, 3], false, true],
    [{ ...every, after: 18 }, [19, 20], true, false],
    [{ ...every, after: 20 }, [], true, false],
    [{ ...every, forward: false }, [18, 19, 20], true, false],
    [{ ...every, forward: false, before: 3 }, [1, 2], false, true],
    [{ ...every, after: 4, before: 7, limit: 9 }, [5, 6], true, true],
    [{ ...every, apps: [2] }, [4, 8, 12], false, true],
    [{ ...every, apps: [2], forward: false, before: 16 }, [4, 8, 12], false, true],
    [{ ...every, apps: [2], after: 12 }, [16, 20], true, false],
    [{ ...every, apps: [2, 1], after: 6, limit: 5 }, [7, 8, 9, 11, 12], true, true],
    [{ ...every, apps: [1, 2, 1], forward: false, limit: 5 }, [15, 16, 17, 19, 20], true, false],
    [{ ...every, apps: [9] }, [], false, false],
    [{ ...every, apps: [] }, [], false, false],
  ])('a page of %j is %j', (request, seqs, hasPrevious, hasNext) => {
    const { events } = openTemporary();
    const owners = Array.from({ length: 20 }, (_, index) =>
      (index + 1) % 2 ? 1 : (index + 1) % 4 ? null : 2,
    );
    events.append(owners.map((app) => anEvent(app)));
    const page = events.page(request);
    expect(page.events.map((event) => event.seq)).toEqual(seqs);
    expect(page).toMatchObject({ hasPrevious, hasNext });
  });

  test('retention removes the oldest by number and by time, some at a time', () => {
    const { events } = openTemporary();
    events.append(Array.from({ length: 10 }, (_, index) => anEvent(1, { at: index })));
    expect(events.prune({ keep: 10, olderThan: 0, limit: 100 })).toBe(0);
    expect(events.prune({ keep: 10, olderThan: 3, limit: 100 })).toBe(3);
    expect(events.first()).toBe(4);
    expect(events.prune({ keep: 2, olderThan: 0, limit: 3 })).toBe(3);
    expect(events.first()).toBe(7);
    expect(events.prune({ keep: 2, olderThan: 0, limit: 100 })).toBe(2);
    expect([events.first(), events.last()]).toEqual([9, 10]);
  });
});
