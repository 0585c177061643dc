import { reasonOf } from '../../core/errors.ts';
import { type AppVariables, boundsOf, readAppVariables, readerOf } from './environment.ts';
import { UNKNOWN_STATUS } from './exit-status.ts';
import { type Installation, planInstall } from './install-plan.ts';
import { type InstallEnd, install } from './installation.ts';
import { launch } from './launch.ts';
import { makeRunDirectory, writeMeta } from './run-directory.ts';
import type { RunParts } from './run-parts.ts';
import type { StartingRun } from './run-processes.ts';

/**
 * Takes a run from nothing to the spawn of its script: run directory, installation, shim. Answers whether the shim was
 * spawned. Otherwise the last event is reported, or follows with the last process of an installation. Never throws.
 */
export async function begin(run: StartingRun, parts: RunParts): Promise<boolean> {
  let app: AppVariables;
  let installed: Installed;
  try {
    makeRunDirectory(run.directory);
    writeMeta(run.directory, run.spec);
    app = await variablesOf(run, parts);
    installed = await installMissing(run, app, parts);
  } catch (error) {
    failInstall(run, reasonOf(error));
    return false;
  }
  if (installed === 'ENDED') return false;
  run.stage = 'LAUNCHING';
  run.report({ type: 'STARTING' });
  try {
    // An installation may have written to a `.env`, also the one of another member of the workspace.
    if (installed === 'INSTALLED') app = await variablesOf(run, parts);
    const spawned = await launch(run, app, parts);
    if (spawned.outcome === 'FAILED') run.report({ type: 'START_FAILED', message: spawned.message });
    else if (spawned.outcome === 'UNWANTED') run.cancel();
    else return true;
  } catch (error) {
    run.report({ type: 'START_FAILED', message: reasonOf(error) });
  }
  return false;
}

async function variablesOf({ spec }: StartingRun, parts: RunParts): Promise<AppVariables> {
  return readAppVariables(spec, await boundsOf(spec, parts.allowOutside), parts.user);
}

/** INSTALLED: now, or by another run for which this one waited. ENDED: the run is over, or ends when the last process of its installation does. */
type Installed = 'NOTHING' | 'INSTALLED' | 'ENDED';

async function installMissing(run: StartingRun, app: AppVariables, parts: RunParts): Promise<Installed> {
  const plan = await planFor(run, app, parts);
  if (typeof plan === 'string') return plan;
  const { installQueue } = parts;
  const waits = installQueue.isBusy(plan.directory);
  if (waits) {
    run.stage = 'QUEUED';
    run.report({ type: 'QUEUED' });
  }
  return installQueue.run(plan.directory, async () => {
    if (run.over) return 'ENDED';
    run.stage = 'PLANNING';
    // The installation before may have installed the same, for another member of a workspace.
    const current = waits ? await planFor(run, app, parts) : plan;
    if (typeof current === 'string') return current === 'NOTHING' ? 'INSTALLED' : current;
    run.report({ type: 'INSTALLING' });
    return resultOf(await install(run, current, app, parts), run);
  });
}

async function planFor(
  run: StartingRun,
  app: AppVariables,
  { installs, installEnvironment, allowOutside, user }: RunParts,
): Promise<Installation | 'NOTHING' | 'ENDED'> {
  const { spec } = run;
  const plan = spec.install
    ? await planInstall(spec.releaseDirectory, {
        path: app.PATH ?? installEnvironment.PATH,
        installs,
        within: await boundsOf(spec, allowOutside),
        reader: readerOf(user, spec),
      })
    : ({ kind: 'NOTHING' } as const);
  if (run.stopping) run.cancel();
  else if (plan.kind === 'IMPOSSIBLE') failInstall(run, plan.message);
  else return plan.kind === 'NOTHING' ? 'NOTHING' : plan;
  return 'ENDED';
}

function resultOf(end: InstallEnd, run: StartingRun): 'INSTALLED' | 'ENDED' {
  if (run.over) return 'ENDED';
  if (end.outcome === 'UNWANTED') run.cancel();
  else if (end.outcome === 'NOT_SPAWNED') failInstall(run, end.message);
  else if (run.stopping) run.endsAfterInstall(null, end.status);
  else if (end.outcome === 'INSTALLED') return 'INSTALLED';
  else run.endsAfterInstall({ type: 'INSTALL_FAILED', message: end.message, ...end.status }, end.status);
  return 'ENDED';
}

function failInstall(run: StartingRun, message: string): void {
  run.report({ type: 'INSTALL_FAILED', message, ...UNKNOWN_STATUS });
}
