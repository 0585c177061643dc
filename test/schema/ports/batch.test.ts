import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createPortBatch } from '../../../schema/ports/batch.ts';
import type { PortView } from '../../../src/contracts/supervisor.ts';

const PORT: PortView = { id: 7, port: 3_007, app: 1, assignedAt: 0 };

it('asks once for `state` and `holder` of a port, and again in a later turn', async () => {
  const asked: number[] = [];
  const batch = createPortBatch({
    async portUse({ port }) {
      asked.push(port);
      return { state: 'RESERVED', holder: null };
    },
  });
  expect(await Promise.all([batch.use(PORT), batch.use(PORT)])).toEqual([
    { state: 'RESERVED', holder: null },
    { state: 'RESERVED', holder: null },
  ]);
  expect(asked).toEqual([3_007]);
  await nextTurn();
  await Promise.all([batch.use(PORT), batch.use({ ...PORT, id: 8, port: 3_008 })]);
  expect(asked).toEqual([3_007, 3_007, 3_008]);
});

it('a failed look fails the questions of its turn, and no later ones', async () => {
  let broken = true;
  const batch = createPortBatch({
    async portUse() {
      if (broken) throw new Error('no /proc');
      return { state: 'RESERVED', holder: null };
    },
  });
  await expect(batch.use(PORT)).rejects.toThrow('no /proc');
  broken = false;
  await nextTurn();
  expect(await batch.use(PORT)).toEqual({ state: 'RESERVED', holder: null });
});
