import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { isAlive, processesOfApps } from '../support/marked-processes.ts';
import { until } from '../support/until.ts';
import { type AppNow, isRunning, type Plane, type RunNow } from './plane.ts';
import type { ProcessNamed } from './rows.ts';

/** The run of an app that runs. */
export async function runOf(plane: Plane, name: string): Promise<RunNow> {
  const { run } = await plane.appThat(name, 'runs', isRunning);
  if (!run) throw new Error(`${name} has no run`);
  return run;
}

export function pidOf({ name, run }: AppNow): number {
  if (run?.pid == null) throw new Error(`${name} has no process`);
  return run.pid;
}

/** The process that stands between the control plane and the run's script. */
export async function shimOf(plane: Plane, run: RunNow): Promise<number> {
  return Number((await readFile(join(plane.runDirectory(run), 'pid'), 'utf8')).split('\n')[0]);
}

export async function gone(...pids: readonly number[]): Promise<void> {
  await until(() => !pids.some(isAlive), `${pids} are gone`);
}

/** Ends all of the run's group at once, the shim too: it can leave no status. */
export async function killGroup(plane: Plane, run: RunNow): Promise<void> {
  const shim = await shimOf(plane, run);
  process.kill(-shim, 'SIGKILL');
  await gone(shim, run.pid ?? shim);
}

/** How the run of an app ended. */
export function exitOf(app: AppNow, run: RunNow | null): RunNow['exit'] | undefined {
  return app.runs.nodes.find(({ id }) => id === run?.id)?.exit;
}

/** The processes of the directory's apps that were started with this word as an argument, shims left out. */
export async function mains(plane: Plane, word: string): Promise<number[]> {
  const all = await processesOfApps(plane.appsDir);
  const own = await Promise.all(
    all.map(async (pid) => {
      const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
      return args[0] !== '/bin/sh' && args.includes(word) ? pid : null;
    }),
  );
  return own.filter((pid) => pid !== null);
}

export function bootId(): Promise<string> {
  return readFile('/proc/sys/kernel/random/boot_id', 'utf8').then((text) => text.trim());
}

/** A process that is nobody's app; it leads a group of its own, as a shim does. */
export async function bystander(): Promise<
  ProcessNamed & { readonly isUntouched: () => boolean; stat: string }
> {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  await once(child, 'spawn');
  onTestFinished(async () => {
    if (child.kill('SIGKILL')) await once(child, 'exit');
  });
  const stat = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).trim();
  return {
    stat,
    pid: child.pid ?? 0,
    start: Number(stat.split(' ')[21]),
    isUntouched: () => child.exitCode === null && child.signalCode === null,
  };
}
