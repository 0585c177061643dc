import type { InstallStore } from '../../contracts/stores.ts';
import { reasonOf } from '../../core/errors.ts';
import type { AppUser } from '../../host/app-user.ts';
import { CANNOT_RUN } from '../../host/as-user.ts';
import { boundsOf, ownVariables, readerOf } from './environment.ts';
import { fromChild } from './exit-status.ts';
import { installEnvironment } from './install-environment.ts';
import { type Finish, type InstallPlan, planInstall } from './install-plan.ts';
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
  await planned(run, options, { own, within }, (plan) => {
    run.stage = 'QUEUED';
    let atOnce = true;
    run.leaveQueue = options.slots.take(() => {
      run.stage = 'PLANNING';
      if (atOnce) begin(run, plan, own, options);
      // Whoever had the turn before may have installed the same, for another member of a workspace.
      else void planned(run, options, { own, within }, (anew) => begin(run, anew, own, options));
    }, plan.directory);
    atOnce = false;
  });
}

interface Sources {
  /** The app's own variables. */
  readonly own: Readonly<Record<string, string>>;
  /** The real directory that what is read must lie in. */
  readonly within: string | null;
}

/** Calls back where there is something to install. Gives a slot back that the run has, where there is nothing. */
async function planned(
  run: LocalRun,
  options: PreparationOptions,
  { own, within }: Sources,
  needed: (plan: Installation) => void,
): Promise<void> {
  const { spec } = run;
  const plan: InstallPlan = spec.install
    ? await planInstall(spec.releaseDirectory, {
        path: own.PATH ?? options.host.PATH,
        installs: options.installs,
        within,
        reader: readerOf(options.user, spec),
      })
    : { kind: 'NOTHING' };
  if (plan.kind === 'INSTALL' && !run.stopping) {
    needed(plan);
    return;
  }
  run.leaveQueue();
  if (run.stopping) options.cancelled(run);
  else if (plan.kind === 'IMPOSSIBLE') options.failed(run, plan.message);
  else options.prepared(run);
}

function begin(
  run: LocalRun,
  plan: Installation,
  app: Readonly<Record<string, string>>,
  options: PreparationOptions,
): void {
  options.begins(run);
  const { host } = options;
  void install(run, plan, installEnvironment({ host, app, named: plan.named, mark: run.mark }), options);
}

async function install(
  run: LocalRun,
  plan: Installation,
  environment: Readonly<Record<string, string>>,
  options: PreparationOptions,
): Promise<void> {
  // A failed or cut off installation leaves a directory that no key describes.
  keep(plan.forget);
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
  const finish = status.code === 0 ? await finishOf(plan, options) : NOT_ENDED_WELL;
  run.installer = null;
  run.leaveQueue();
  if (run.stopping) run.status = status;
  else if (finish.ok) {
    options.prepared(run);
    return;
  } else {
    run.failure = { message: finish.message || failureOf(run, plan, status), status };
    run.killing = true;
  }
  options.ended(run);
}

const NOT_ENDED_WELL: Finish = { ok: false, message: '' };

/** What cannot be kept or looked at only makes the next start install again. */
function finishOf(plan: Installation, options: PreparationOptions): Promise<Finish> {
  return plan.finish(options.now()).catch((): Finish => ({ ok: true }));
}

function failureOf(run: LocalRun, plan: Installation, status: ReturnType<typeof fromChild>): string {
  const cannotRun = run.controlGroup !== null && status.code === CANNOT_RUN;
  if (cannotRun) return `Cannot run ${plan.program}: see the log`;
  const how = status.signal ? `was ended by ${status.signal}` : `failed with code ${status.code}`;
  return `"${plan.command}" ${how}: see the log`;
}

/** What is known of installations only saves time: where it cannot be kept, the next start installs again. */
function keep(write: () => void): void {
  try {
    write();
  } catch {
    // The database says no (disk full, ...), and whoever writes something that matters will hear it.
  }
}
