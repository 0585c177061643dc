import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { writeAppFolder } from '../support/app-folder.ts';
import { program } from '../support/programs.ts';
import { appIn, ask, makeDataDir, serve, tokenOf } from '../support/serve.ts';
import { until } from '../support/until.ts';

/** Bytes of memory that a server may have more after a storm of nonsense than before: caches that have an end. */
const GROWTH = 200 * 2 ** 20;

/** A real server in a process of its own, with an app that must not notice anything. */
export interface Target {
  readonly url: URL;
  readonly token: string;
  /** It lives, answers, holds on to nothing, and its app has run on. */
  unharmed(): Promise<void>;
}

export async function startTarget(): Promise<Target> {
  const { path, appsDir } = await makeDataDir();
  await writeAppFolder(appsDir, 'bystander', { script: program('serve') });
  const server = await serve({ dataDir: path });
  const line = await server.ready();
  const app = await appIn(line, 'bystander', 'RUNNING');
  const before = { memory: await memoryOf(server.pid), files: await filesOf(server.pid) };
  return {
    url: new URL(line),
    token: tokenOf(line),
    async unharmed() {
      expect((await ask<{ __typename: string }>(line, '{ __typename }')).data.__typename).toBe('Query');
      expect((await appIn(line, 'bystander', 'RUNNING')).run?.pid).toBe(app.run?.pid);
      // Nothing unexpected: whatever it was, the server knew what to say to it.
      expect(server.stderr()).not.toMatch(
        /failed unexpectedly|could not be|unexpected error|without being reported/,
      );
      await until(
        async () => (await filesOf(server.pid)) <= before.files + 8,
        'what was open is closed again',
        40_000,
      );
      expect((await memoryOf(server.pid)) - before.memory).toBeLessThan(GROWTH);
    },
  };
}

/** Resident, in bytes. */
async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s*(\d+) kB/.exec(status)?.[1]) * 1024;
}

async function filesOf(pid: number): Promise<number> {
  return (await readdir(join('/proc', String(pid), 'fd'))).length;
}
