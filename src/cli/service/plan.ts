import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { reasonOf } from '../../core/errors.ts';

const run = promisify(execFile);

/** Prints a step that was done. */
export type Report = (line: string) => void;

/** Writes the file and makes the service manager run it. @returns whether all steps succeeded */
export async function installService(plan: ServicePlan, report: Report): Promise<boolean> {
  try {
    await mkdir(dirname(plan.path), { recursive: true });
    await writeFile(plan.path, plan.text);
  } catch (error) {
    report(`${plan.path} cannot be written (${reasonOf(error)})${needsRoot(error)}`);
    return false;
  }
  report(`Wrote ${plan.path}`);
  const done = await all(plan.start, report);
  for (const sentence of plan.advice) report(sentence);
  return done;
}

/** Ends the service and removes the file. @returns whether all steps succeeded */
export async function removeService(plan: ServicePlan, report: Report): Promise<boolean> {
  const stopped = await all(plan.stop, report);
  try {
    await rm(plan.path);
  } catch (error) {
    report(`${plan.path} cannot be removed (${reasonOf(error)})${needsRoot(error)}`);
    return false;
  }
  report(`Removed ${plan.path}`);
  return (await all(plan.afterwards, report)) && stopped;
}

/** Runs commands in order, up to the first that fails. A command whose name starts with `-` can fail. */
async function all(commands: readonly (readonly string[])[], report: Report): Promise<boolean> {
  for (const [first = '', ...rest] of commands) {
    const program = first.replace(/^-/, '');
    const line = [program, ...rest].join(' ');
    try {
      await run(program, rest);
      report(`Ran ${line}`);
    } catch (error) {
      if (program !== first) continue;
      const { stderr } = error as { readonly stderr?: string };
      report(`${line} failed: ${stderr?.trim() || reasonOf(error)}`);
      report('Fix that, then run this command and the following ones yourself.');
      return false;
    }
  }
  return true;
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
  /** Run after the file is written, in order. */
  readonly start: readonly (readonly string[])[];
  /** Run before the file is removed. */
  readonly stop: readonly (readonly string[])[];
  /** Run after it was removed. */
  readonly afterwards: readonly (readonly string[])[];
  /** What else to know or do, one sentence each. */
  readonly advice: readonly string[];
}
