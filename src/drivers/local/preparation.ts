import type { InstallStore } from '../../contracts/stores.ts';
import { reasonOf } from '../../core/errors.ts';
import type { AppUser } from '../../host/app-user.ts';
import { CANNOT_RUN, DEFAULT_PATH } from '../../host/as-user.ts';
import { boundsOf, ownVariables, readerOf } from './environment.ts';
import { fromChild } from './exit-status.ts';
import { installEnvironment } from './install-environment.ts';
import { type InstallPlan, planInstall } from './install-plan.ts';
import type { LocalRun } from './local-run.ts';
import type { ProcessSource } from './process-table.ts';
import { makeRunDirectory, writeMeta } from './run-directory.ts';
import { IN_GROUP } from './shim.ts';
import type { Slots } from './slots.ts';
import { spawnDetached } from './spawn.ts';

export interface PreparationOptions {
  /** The host's variables that installations get. */
  readonly host: Readonly<Record<string, string>>;
  /** As whom installations run; null: as whoever this process is. */
  readonly user: AppUser | null;
  readonly allowOutside: boolean;
  readonly installs: InstallStore;
  readonly slots: Slots;
  readonly processes: ProcessSource;
  /** The wall clock. */
  readonly now: () => number;
  /** The system let no process of it into its cgroup. */
  readonly outsideGroup: (run: LocalRun) => void;
  readonly begins: (run: LocalRun) => void;
  readonly prepared: (run: LocalRun) => void;
  readonly failed: (run: LocalRun, message: string) => void;
  /** It was asked to end, and nothing of it runs. */
  readonly cancelled: (run: LocalRun) => void;
  /** The installation's leader has ended, and the run must end with it: `run.failure` or `run.status` say how. */
  readonly ended: (run: LocalRun) => void;
}

type Installation = Extract<InstallPlan, { kind: 'INSTALL' }>;

/**
 * Makes the run's directory and installs what the release needs. Never throws; at each step a run that was
 * asked to end goes no further.
 */
export async function prepare(run: LocalRun, options: PreparationOptions): Promise<void> {
  const { spec, directory } = run;
  let own: Record<string, string>;
  let within: string | null;
  try {
    makeRunDirectory(directory);
    await writeMeta(directory, spec);
    within = await boundsOf(spec, options.allowOutside);
    own = await ownVariables(spec, within, options.user);
  } catch (error) {
    options.failed(run, reasonOf(error));
    return;
  }
  const plan: InstallPlan = spec.install
    ? await planInstall(
        spec.releaseDirectory,
        own.PATH ?? options.host.PATH ?? DEFAULT_PATH,
        options.installs,
        within,
        readerOf(options.user, spec),
      )
    : { kind: 'NOTHING' };
  if (run.stopping) options.cancelled(run);
  else if (plan.kind === 'IMPOSSIBLE') options.failed(run, plan.message);
  else if (plan.kind === 'NOTHING') options.prepared(run);
  else {
    run.stage = 'QUEUED';
    run.leaveQueue = options.slots.take(() => {
      run.stage = 'PLANNING';
      options.begins(run);
      const { host } = options;
      void install(run, plan, installEnvironment({ host, app: own, named: [], mark: run.mark }), options);
    });
  }
}

async function install(
  run: LocalRun,
  plan: Installation,
  environment: Readonly<Record<string, string>>,
  options: PreparationOptions,
): Promise<void> {
  // A failed or cut off installation leaves a directory that no key describes.
  keep(() => options.installs.forget(plan.directory));
  const spawned = await spawnDetached({
    ...inGroup(run, plan),
    controlGroup: run.controlGroup,
    cwd: plan.directory,
    environment,
    directory: run.directory,
    user: options.user,
    use: 'write',
    wanted: () => !run.stopping,
    spawned: (child, pid, isInGroup) => {
      if (!isInGroup) options.outsideGroup(run);
      run.stage = 'INSTALLING';
      run.installer = child;
      run.leaders.push({ pid, start: options.processes.startOfChild(pid), proven: true });
      child.once('exit', (code, signal) => void end(run, plan, fromChild(code, signal), options));
    },
  });
  if (spawned.outcome === 'SPAWNED') return;
  run.leaveQueue();
  if (spawned.outcome === 'FAILED') options.failed(run, spawned.message);
  else options.cancelled(run);
}

/** By way of a shell only where there is a group to enter. */
function inGroup(run: LocalRun, { program, args }: Installation): Pick<Installation, 'program' | 'args'> {
  return run.controlGroup === null
    ? { program, args }
    : { program: '/bin/sh', args: ['-c', IN_GROUP, 'sh', program, ...args] };
}

async function end(
  run: LocalRun,
  plan: Installation,
  status: ReturnType<typeof fromChild>,
  options: PreparationOptions,
): Promise<void> {
  if (status.code === 0) {
    const key = await plan.key().catch(() => null);
    if (key !== null) keep(() => options.installs.set(plan.directory, key, options.now()));
  }
  run.installer = null;
  run.leaveQueue();
  if (run.stopping) run.status = status;
  else if (status.code === 0) {
    options.prepared(run);
    return;
  } else {
    const cannotRun = run.controlGroup !== null && status.code === CANNOT_RUN;
    const how = status.signal ? `was ended by ${status.signal}` : `failed with code ${status.code}`;
    run.failure = {
      message: cannotRun
        ? `Cannot run ${plan.program}: see the log`
        : `"${plan.command}" ${how}: see the log`,
      status,
    };
    run.killing = true;
  }
  options.ended(run);
}

/** What is known of installations only saves time: where it cannot be kept, the next start installs again. */
function keep(write: () => void): void {
  try {
    write();
  } catch {
    // The database says no (disk full, ...), and whoever writes something that matters will hear it.
  }
}
