import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createProcProcesses } from '../../../src/drivers/local/proc-processes.ts';
import { temporaryDirectory } from '../../support/apps-dir.ts';
import { programPath } from '../../support/programs.ts';
import { until } from '../../support/until.ts';

const processes = createProcProcesses();
const children: ReturnType<typeof spawn>[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
});

async function start(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(program, args, {
    detached: true,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  await once(child.stdout, 'data');
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${program} was not spawned`);
  return { child, pid };
}

const FIRST_THREAD_ENDS = `
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
static void *stay(void *first) {
  pthread_join(*(pthread_t *)first, NULL);
  puts("ready");
  fflush(stdout);
  pause();
  return NULL;
}
int main(void) {
  static pthread_t first, other;
  first = pthread_self();
  pthread_create(&other, NULL, stay, &first);
  pthread_exit(NULL);
}`;

test('a process whose first thread has ended lives on in the others', async ({ skip }) => {
  const directory = await temporaryDirectory();
  const compiled = join(directory, 'first-thread-ends');
  await writeFile(`${compiled}.c`, FIRST_THREAD_ENDS);
  const compiler = spawnSync('cc', ['-pthread', '-o', compiled, `${compiled}.c`], { stdio: 'inherit' });
  if (compiler.error) return skip('there is no C compiler here');
  const { child, pid } = await start(compiled, []);
  await until(
    async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') Z '),
    'its first thread is gone',
  );
  expect(processes.startOf(pid)).not.toBeNull();
  expect((await processes.scan()).byGroup.get(pid)).toHaveLength(1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(processes.startOf(pid)).toBeNull();
});

test('a look finds a process with its group, parent, mark, memory and start', async () => {
  const { pid } = await start('node', [programPath('idle')], {
    TOEHOLD_RUN_ID: 'look-1',
    OTHER: 'TOEHOLD_RUN_ID=no',
  });
  const table = await processes.scan();
  const row = table.rows.get(pid);
  expect(row).toMatchObject({ pid, group: pid, parent: process.pid, mark: 'look-1' });
  expect(row?.memoryBytes).toBeGreaterThan(10_000_000);
  expect(row?.start).toBe(processes.startOf(pid));
  expect(table.byMark.get('look-1')?.map((found) => found.pid)).toEqual([pid]);
  expect(table.byGroup.get(pid)?.map((found) => found.pid)).toEqual([pid]);
});

test('A14: a zombie is no process', async () => {
  // The outer shell becomes a program that never reaps the child it had.
  const { child, pid } = await start('/bin/sh', ['-c', 'true & echo $!; exec sleep 1000']);
  const table = await until(async () => {
    const found = await processes.scan();
    return found.byGroup.get(pid)?.length === 1 && found;
  }, 'the child is a zombie, and not counted');
  expect(table.rows.has(pid)).toBe(true);
  expect(processes.startOf(pid)).not.toBeNull();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(processes.startOf(pid)).toBeNull();
});

test('B-2: a process that forks and ends during the look hides no child', async () => {
  for (let round = 0; round < 5; round++) {
    const mark = `chain-${process.pid}-${round}`;
    const child = spawn('node', [programPath('fork-and-exit'), '3'], {
      detached: true,
      env: { PATH: process.env.PATH, TOEHOLD_RUN_ID: mark },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let ready = false;
    child.stdout.once('data', () => {
      ready = true;
    });
    // From the first fork on until the last link stands, somebody of the chain is always there to be found.
    while (!ready) expect((await processes.scan()).byMark.get(mark) ?? []).not.toHaveLength(0);
    for (const { pid } of (await processes.scan()).byMark.get(mark) ?? []) process.kill(pid, 'SIGKILL');
  }
});
