import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { mkdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { reasonOf } from '../../core/errors.ts';

const run = promisify(execFile);

/** Where a person reads what happens. */
export interface Report {
  /** A step that was done. */
  done(line: string): void;
  /** Why it failed, and what was undone. */
  failed(line: string): void;
}

/** A directory that the service needs. */
export interface NeededDirectory {
  readonly path: string;
  readonly mode: number;
}

/**
 * Makes the directories, writes the file, and makes the service manager run it. It checks first whether each step can succeed, and undoes
 * what was done if one fails.
 * @returns whether all steps succeeded
 */
export async function installService(
  plan: ServicePlan,
  directories: readonly NeededDirectory[],
  report: Report,
): Promise<boolean> {
  const problem = await problemWith(plan, directories);
  if (problem !== null) {
    report.failed(`${problem}. Nothing was changed.`);
    return false;
  }
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const { path, mode } of [...directories, { path: dirname(plan.path), mode: 0o755 }]) {
      const first = await mkdir(path, { recursive: true, mode });
      if (first !== undefined) undo.push(() => removeEmpty(path, first));
    }
    const before = await readFile(plan.path, 'utf8').catch(() => null);
    undo.push(() => putBack(plan, before));
    await writeFile(plan.path, plan.text);
    report.done(`Wrote ${plan.path}`);
    for (const command of plan.start) await runStep(command, report);
  } catch (error) {
    report.failed(reasonOf(error));
    for (const step of undo.reverse())
      await step().catch((failure) => report.failed(`Not undone: ${reasonOf(failure)}`));
    report.failed('The installation was undone. Fix that, and run it again.');
    return false;
  }
  for (const sentence of plan.advice) report.done(sentence);
  return true;
}

/** Ends the service and removes the file. @returns whether all steps succeeded */
export async function removeService(plan: ServicePlan, report: Report): Promise<boolean> {
  if (!existsSync(plan.path)) {
    report.failed(`No such service is installed: there is no ${plan.path}`);
    return false;
  }
  const unremovable = blocked(plan.path);
  if (unremovable !== null) {
    report.failed(`${unremovable}. Nothing was changed.`);
    return false;
  }
  try {
    for (const command of plan.stop) await runStep(command, report);
    await rm(plan.path);
    report.done(`Removed ${plan.path}`);
    for (const command of plan.afterwards) await runStep(command, report);
    return true;
  } catch (error) {
    report.failed(reasonOf(error));
    return false;
  }
}

/** Why the installation cannot succeed; null: no reason is known. */
async function problemWith(
  plan: ServicePlan,
  directories: readonly NeededDirectory[],
): Promise<string | null> {
  try {
    await runStep(plan.check);
  } catch (error) {
    return reasonOf(error);
  }
  return (
    [plan.path, ...directories.map(({ path }) => path)].map(blocked).find((problem) => problem !== null) ??
    null
  );
}

/** Why this process cannot write there; null: it can. */
function blocked(path: string): string | null {
  let place = path;
  while (!existsSync(place) && place !== dirname(place)) place = dirname(place);
  try {
    if (place !== path && !statSync(place).isDirectory())
      return `${path} cannot be made: ${place} is not a directory`;
    accessSync(place, constants.W_OK);
    return null;
  } catch (error) {
    return `${path} cannot be written (${reasonOf(error)})${needsRoot(error)}`;
  }
}

/** Removes the directories that were made, from `last` up to `first`. One that has got files meanwhile stays. */
async function removeEmpty(last: string, first: string): Promise<void> {
  for (let path = last; path.length >= first.length; path = dirname(path)) {
    const removed = await rmdir(path).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/** Ends what was started, and restores the file and the service of before. */
async function putBack(plan: ServicePlan, before: string | null): Promise<void> {
  if (before === null) {
    for (const command of plan.stop) await runStep(command).catch(() => {});
    await rm(plan.path, { force: true });
    for (const command of plan.afterwards) await runStep(command).catch(() => {});
    return;
  }
  await writeFile(plan.path, before);
  for (const command of plan.start) await runStep(command).catch(() => {});
}

/** Runs a command. One whose name starts with `-` can fail. @throws Error with what the command printed */
async function runStep([first = '', ...rest]: readonly string[], report?: Report): Promise<void> {
  const program = first.replace(/^-/, '');
  const line = [program, ...rest].join(' ');
  try {
    await run(program, rest);
  } catch (error) {
    if (program !== first) return;
    const { stderr, code } = error as { readonly stderr?: string; readonly code?: unknown };
    if (code === 'ENOENT')
      throw new Error(`${program} is not on PATH: this machine has no service manager that is supported`);
    throw new Error(`${line} failed: ${stderr?.trim() || reasonOf(error)}`);
  }
  report?.done(`Ran ${line}`);
}

function needsRoot(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM' ? ': run it as root (sudo)' : '';
}

/** What a service manager needs to run the server. Paths are absolute. */
export interface ServiceSpec {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The account that a system service runs as; null: root, or it is the user's own service. */
  readonly user: string | null;
}

/** What `install` and `uninstall` do with one service manager. */
export interface ServicePlan {
  readonly path: string;
  readonly text: string;
  /** Succeeds if the service manager can be used. It changes nothing. */
  readonly check: readonly string[];
  /** Run after the file is written, in order. */
  readonly start: readonly (readonly string[])[];
  /** Run before the file is removed. */
  readonly stop: readonly (readonly string[])[];
  /** Run after it was removed. */
  readonly afterwards: readonly (readonly string[])[];
  /** What else to know or do, one sentence each. */
  readonly advice: readonly string[];
}
