import {
  AppReleasesDocument,
  GrantAppAccessDocument,
  RemoveAppDocument,
  RenameAppDocument,
  RestartAppDocument,
  SetAppIconDocument,
  StartAppDocument,
  StopAppDocument,
} from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { CommandFailure, refused, wrongUse } from '../failure.ts';
import type { Session } from '../servers/session.ts';
import { plain } from '../terminal/escape.ts';
import { noSuchApp } from './app-refs.ts';
import { accessText } from './describe.ts';
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

/** `toehold rename <app> <name>` */
export async function rename({ session, arguments: [name, to] }: Call): Promise<void> {
  const input = { app: { name: String(name) }, name: String(to) };
  const { renameApp } = await session.client.request(RenameAppDocument, { input });
  printApp(session, (await successOf(session, String(name), renameApp, 'RenameAppSuccess')).app);
}

/** `toehold icon <app> [icon]` */
export async function icon({ session, arguments: [name, symbol], options }: Call): Promise<void> {
  if ((symbol === undefined) !== (options.default === true))
    throw wrongUse('give an icon, or --default for the default icon');
  const input = { app: { name: String(name) }, icon: symbol === undefined ? null : String(symbol) };
  const { setAppIcon } = await session.client.request(SetAppIconDocument, { input });
  printApp(session, (await successOf(session, String(name), setAppIcon, 'SetAppIconSuccess')).app);
}

/** `toehold rm <app>` */
export async function remove({ session, arguments: [named], options }: Call): Promise<void> {
  const { client, out, json } = session;
  const name = String(named);
  if (options.yes !== true) {
    const { app } = await client.request(AppReleasesDocument, { app: { name } });
    if (!app) throw await noSuchApp(client, name);
    if (!out.canAsk)
      throw wrongUse(`removing ${plain(name)} needs a confirmation, and this is not a terminal: add --yes`);
    if (!(await isSure(name))) throw refused(`${plain(name)} was not removed`);
  }
  const { removeApp } = await client.request(RemoveAppDocument, { input: { app: { name } } });
  const { appId, appName } = await successOf(session, name, removeApp, 'RemoveAppSuccess');
  if (json) out.printJson({ appId, appName });
  else out.print(`${plain(appName)} is removed; its directory is in .trash of the apps’ directory`);
}

async function isSure(name: string): Promise<boolean> {
  const { createInterface } = await import('node:readline/promises');
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  // Without this, Ctrl-C would only end the question.
  asking.on('SIGINT', () => process.emit('SIGINT'));
  asking.on('close', () => {});
  const gone = new Promise<string>((resolve) => asking.once('close', () => resolve('')));
  const question = `Stop ${plain(name)}, free its port, and move its directory to .trash? Its runs and log are deleted. [y/N] `;
  const answer = await Promise.race([asking.question(question), gone]);
  asking.close();
  return /^y(es)?$/i.test(answer.trim());
}

const ROLES = { viewer: 'VIEWER', operator: 'OPERATOR' } as const;

/** `toehold grant <app> [role]` */
export async function grant({ session, arguments: [named, said], options }: Call): Promise<void> {
  const name = String(named);
  const remove = options.remove === true;
  if (remove === (said !== undefined)) throw wrongUse('give a role (viewer or operator), or --remove');
  const role = remove ? null : ROLES[said as keyof typeof ROLES];
  const { grantAppAccess } = await session.client.request(GrantAppAccessDocument, {
    input: { app: { name }, role },
  });
  const { app } = await successOf(session, name, grantAppAccess, 'GrantAppAccessSuccess');
  if (session.json) return session.out.printJson(app);
  session.out.print(`${plain(app.name)}: ${accessText(app.access)}`);
}
