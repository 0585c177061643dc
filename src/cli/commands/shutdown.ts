import { dirname } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { readClientEnvironment } from '../../config.ts';
import { reasonOf } from '../../core/errors.ts';
import { isProcess } from '../../host/process-identity.ts';
import { refused, wrongUse } from '../failure.ts';
import { findLocal } from '../servers/find-server.ts';
import { writeShutdownRequest } from '../servers/state-files.ts';
import { createOutput } from '../terminal/output.ts';
import { startSpinner } from '../terminal/spinner.ts';

export interface ShutdownFlags {
  readonly stop?: boolean;
  readonly detach?: boolean;
  readonly dataDir?: string;
  readonly json?: boolean;
}

/** The time between two checks whether the server has ended, in milliseconds. */
const CHECK_INTERVAL = 50;

/** `toehold shutdown`: signals a server of this machine, and waits until it has ended. @throws CommandFailure */
export async function shutdown(flags: ShutdownFlags): Promise<void> {
  if (flags.stop && flags.detach)
    throw wrongUse('--stop ends the apps and --detach leaves them running: give only one of them');
  const environment = readClientEnvironment();
  const out = createOutput(environment.color);
  const { entry, stateDir } = await findLocal({ flags, environment, cwd: process.cwd() });
  const { pid, instanceId } = entry;
  const dataDir = dirname(stateDir);
  const onExit = flags.stop ? 'stop' : flags.detach ? 'detach' : null;
  try {
    if (onExit) await writeShutdownRequest(stateDir, { onExit, instanceId, at: Date.now() });
    if (isProcess(entry)) process.kill(pid, 'SIGTERM');
  } catch (error) {
    throw refused(`the server of ${dataDir} (pid ${pid}) cannot be signaled: ${reasonOf(error)}`);
  }
  const spinner = flags.json ? null : startSpinner(out, `the server of ${dataDir}`);
  spinner?.say(`ending (pid ${pid})`);
  while (isProcess(entry)) await pause(CHECK_INTERVAL);
  spinner?.end();
  if (flags.json) out.printJson({ dataDir, pid, onExit });
  else out.print(`The server of ${dataDir} has ended${onExit === 'detach' ? '; its apps keep running' : ''}`);
}
