import { RestartAppDocument, StartAppDocument, StopAppDocument } from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { CommandFailure, refused } from '../failure.ts';
import type { Session } from '../servers/session.ts';
import { type ChangedApp, printApp, showingProgress, successOf } from './mutations.ts';

/** Changes one app. @throws CommandFailure if the server refuses */
type Operation = (session: Session, name: string, wait: boolean) => Promise<ChangedApp>;

const start: Operation = async (session, name, wait) => {
  const { startApp } = await session.client.request(StartAppDocument, { input: { app: { name }, wait } });
  return (await successOf(session, name, startApp, 'StartAppSuccess')).app;
};

const stop: Operation = async (session, name, wait) => {
  const { stopApp } = await session.client.request(StopAppDocument, { input: { app: { name }, wait } });
  return (await successOf(session, name, stopApp, 'StopAppSuccess')).app;
};

const restart: Operation = async (session, name, wait) => {
  const { restartApp } = await session.client.request(RestartAppDocument, { input: { app: { name }, wait } });
  return (await successOf(session, name, restartApp, 'RestartAppSuccess')).app;
};

export const startApps = (call: Call) => forEach(call, start);
export const stopApps = (call: Call) => forEach(call, stop);
export const restartApps = (call: Call) => forEach(call, restart);

/** Changes the apps one after the other. A failure does not stop the others. */
async function forEach({ session, arguments: [names], options }: Call, operation: Operation): Promise<void> {
  const wait = options.wait === true;
  const list = names as readonly string[];
  const failures: string[] = [];
  for (const name of list) {
    try {
      const work = operation(session, name, wait);
      printApp(session, await (wait ? showingProgress(session, name, work) : work), list.length > 1);
    } catch (error) {
      if (!(error instanceof CommandFailure) || list.length === 1) throw error;
      for (const line of error.details) session.out.note(line);
      failures.push(error.message);
    }
  }
  if (failures.length > 0) throw refused(failures.join('\n'));
}
