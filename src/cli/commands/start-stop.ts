import { RestartAppDocument, StartAppDocument, StopAppDocument } from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { CommandFailure, refused } from '../failure.ts';
import type { Session } from '../servers/session.ts';
import { plain } from '../terminal/escape.ts';
import { stateStyle } from './app-table.ts';
import { successOf } from './outcome.ts';
import { showingProgress } from './progress.ts';

interface Changed {
  readonly name: string;
  readonly icon: string;
  readonly state: Parameters<typeof stateStyle>[0]['state'];
  readonly health: Parameters<typeof stateStyle>[0]['health'];
  readonly url?: string | null;
}

/** What a command does to one app. @throws CommandFailure where the server said no */
type Operation = (session: Session, name: string, wait: boolean) => Promise<Changed>;

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

/** One after the other, and all of them: that one fails says nothing about the next. */
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

/** The app after what was done to it: a line, or all that the API told of it. */
export function printApp({ out, json }: Session, app: Changed, oneOfMany = false): void {
  if (json) return out.printJson(app, oneOfMany ? 'one of many' : undefined);
  const state = out.paint(stateStyle(app), app.state);
  const where = app.url ? `  ${app.url}` : '';
  out.print(`${plain(app.icon)} ${out.paint('bold', plain(app.name))}  ${state}${where}`);
}
