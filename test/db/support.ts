import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openStores, type Stores } from '../../db/index.ts';

export const DAY = Date.UTC(2030, 0, 1);

/** A directory that is gone when the test has ended. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'toehold-db-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Stores on a real file, closed when the test has ended. */
export function openTemporary(file = join(temporaryDirectory(), 'toehold.db')): Stores {
  const stores = openStores(file, { now: () => DAY });
  onTestFinished(() => stores.close());
  return stores;
}
