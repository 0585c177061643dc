import { expect, it } from 'vitest';
import { createPortBatch } from '../../../schema/ports/batch.ts';
import type { PortView } from '../../../src/contracts/supervisor.ts';

/** Ports of apps 1 to 1,000, app n on port 3000+n, and how often all ports or one port were read. */
function ports() {
  const looks = { all: 0, one: 0, range: 0 };
  const view = (app: number): PortView => ({
    id: app,
    port: 3_000 + app,
    app,
    state: 'RESERVED',
    holder: null,
    assignedAt: 0,
  });
  const batch = createPortBatch({
    async ports() {
      looks.all += 1;
      return Array.from({ length: 1_000 }, (_, n) => view(n + 1));
    },
    async portOf(app) {
      looks.one += 1;
      return view(app);
    },
    async portRange() {
      looks.range += 1;
      return { min: 3_001, max: 4_000, assigned: 1_000, free: 0 };
    },
  });
  return { batch, looks };
}

it('reads the sockets once for all calls of one turn', async () => {
  const { batch, looks } = ports();
  const found = await Promise.all(Array.from({ length: 1_000 }, (_, n) => batch.of(n + 1)));
  expect(found.map((view) => view?.port)).toEqual(Array.from({ length: 1_000 }, (_, n) => 3_001 + n));
  expect(await Promise.all([batch.of(4_711), batch.of(1)])).toMatchObject([null, { port: 3_001 }]);
  expect(looks).toEqual({ all: 2, one: 0, range: 0 });
});

it('reads again for a later turn, and only one port for one app', async () => {
  const { batch, looks } = ports();
  expect(await batch.of(7)).toMatchObject({ port: 3_007 });
  expect(await batch.of(8)).toMatchObject({ port: 3_008 });
  expect(looks).toEqual({ all: 0, one: 2, range: 0 });
});

it('reads once for 1,000 ids, all ports and the range, in one turn', async () => {
  const { batch, looks } = ports();
  const ids = Array.from({ length: 1_000 }, (_, n) => n + 1);
  const [found, all] = await Promise.all([
    Promise.all(ids.map((id) => batch.withId(id))),
    batch.all(),
    ...ids.map(() => batch.range()),
  ]);
  expect(found.map((view) => view?.port)).toEqual(ids.map((id) => 3_000 + id));
  expect(all).toHaveLength(1_000);
  expect(looks).toEqual({ all: 1, one: 0, range: 1 });
  expect(await batch.withId(4_711)).toBeNull();
  await batch.range();
  expect(looks).toEqual({ all: 2, one: 0, range: 2 });
});

it('a failed read fails the calls of its turn, and no later ones', async () => {
  let broken = true;
  const batch = createPortBatch({
    ports: async () => [],
    portOf: async () => {
      if (broken) throw new Error('no /proc');
      return null;
    },
    portRange: async () => {
      if (broken) throw new Error('no /proc');
      return { min: 1, max: 1, assigned: 0, free: 1 };
    },
  });
  await expect(batch.of(1)).rejects.toThrow('no /proc');
  await expect(batch.range()).rejects.toThrow('no /proc');
  broken = false;
  expect(await batch.range()).toMatchObject({ free: 1 });
  expect(await batch.of(1)).toBeNull();
});
