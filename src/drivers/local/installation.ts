import { CANNOT_RUN } from '../../host/as-user.ts';
import type { AppVariables } from './environment.ts';
import { type ExitStatus, fromChild } from './exit-status.ts';
import { installEnvironment } from './install-environment.ts';
import type { Finish, Installation } from './install-plan.ts';
import type { RunParts } from './run-parts.ts';
import type { StartingRun } from './run-processes.ts';
import { IN_GROUP } from './shim.ts';
import { spawnDetached } from './spawn.ts';

export type InstallEnd =
  | { readonly outcome: 'INSTALLED'; readonly status: ExitStatus }
  /** It was asked to end before the spawn. */
  | { readonly outcome: 'UNWANTED' }
  | { readonly outcome: 'NOT_SPAWNED'; readonly message: string }
  /** The package manager has ended. Other processes of it may be left. */
  | { readonly outcome: 'FAILED'; readonly message: string; readonly status: ExitStatus };

/** Runs the package manager as the plan says, and resolves when it has ended. Never throws. */
export async function install(
  run: StartingRun,
  plan: Installation,
  app: AppVariables,
  { installEnvironment: host, user, clock }: RunParts,
): Promise<InstallEnd> {
  // An installation that fails or is cut off leaves a directory that no key describes.
  ignoringFailure(plan.forget);
  let report = (_status: ExitStatus) => {};
  const ended = new Promise<ExitStatus>((resolve) => {
    report = resolve;
  });
  const spawned = await spawnDetached({
    ...inGroup(run, plan),
    controlGroup: run.controlGroup,
    cwd: plan.directory,
    environment: installEnvironment({ host, app, named: plan.named, mark: run.mark }),
    directory: run.directory,
    user,
    use: 'write',
    wanted: () => !run.stopping,
    spawned(child, pid, isInGroup) {
      run.installerSpawned(child, pid, isInGroup);
      child.once('exit', (code, signal) => report(fromChild(code, signal)));
    },
  });
  if (spawned.outcome === 'FAILED') return { outcome: 'NOT_SPAWNED', message: spawned.message };
  if (spawned.outcome === 'UNWANTED') return { outcome: 'UNWANTED' };
  const status = await ended;
  const finish = status.code === 0 ? await finished(plan, clock.now()) : NOT_ENDED_WELL;
  run.installer = null;
  return finish.ok
    ? { outcome: 'INSTALLED', status }
    : { outcome: 'FAILED', message: finish.message || failureOf(run, plan, status), status };
}

/** By way of a shell only where there is a cgroup to enter. */
function inGroup(run: StartingRun, { program, args }: Installation): Pick<Installation, 'program' | 'args'> {
  return run.controlGroup === null
    ? { program, args }
    : { program: '/bin/sh', args: ['-c', IN_GROUP, 'sh', program, ...args] };
}

const NOT_ENDED_WELL: Finish = { ok: false, message: '' };

/** If the result cannot be looked at or kept, the next start installs again. */
function finished(plan: Installation, now: number): Promise<Finish> {
  return plan.finish(now).catch((): Finish => ({ ok: true }));
}

function failureOf(run: StartingRun, plan: Installation, status: ExitStatus): string {
  const cannotRun = run.controlGroup !== null && status.code === CANNOT_RUN;
  if (cannotRun) return `Cannot run ${plan.program}: see the log`;
  const how = status.signal ? `was ended by ${status.signal}` : `failed with code ${status.code}`;
  return `"${plan.command}" ${how}: see the log`;
}

/** Keys of installations only save time: if one cannot be kept, the next start installs again. */
function ignoringFailure(write: () => void): void {
  try {
    write();
  } catch {
    // The database refuses (for example, the disk is full). Writes that matter report it.
  }
}
