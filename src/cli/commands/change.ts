import pLimit from 'p-limit';
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
import { toehold } from '../own-name.ts';
import type { Session } from '../servers/session.ts';
import { isSure } from '../terminal/ask.ts';
import { plain } from '../terminal/escape.ts';
import { noSuchApp } from './app-refs.ts';
import { allApps } from './app-table.ts';
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

/** How many apps a command changes at the same time. */
const AT_ONCE = 8;

/** Changes the apps: with --wait one after the other, otherwise several at the same time. A failure does not stop the others. */
async function forEach(call: Call, operation: Operation): Promise<void> {
  const { session, options } = call;
  const wait = options.wait === true;
  const list = await namedApps(call);
  const failures: string[] = [];
  const limit = pLimit(wait ? 1 : AT_ONCE);
  const attempts = list.map((name) =>
    limit(async () => {
      const work = operation(session, name, wait);
      return attempt(wait ? showingProgress(session, name, work) : work);
    }),
  );
  // In the order of the names, each as soon as those before it are printed.
  for (const outcome of attempts) {
    const { app, error } = await outcome;
    if (app) printApp(session, app, list.length > 1 || options.all === true);
    else if (!(error instanceof CommandFailure) || list.length === 1) throw error;
    else {
      for (const line of error.details) session.out.note(line);
      failures.push(error.message);
    }
  }
  if (failures.length > 0) throw refused(failures.join('\n'));
}

type Attempt =
  | { readonly app: ChangedApp; readonly error?: undefined }
  | { readonly app?: undefined; readonly error: unknown };

function attempt(work: Promise<ChangedApp>): Promise<Attempt> {
  return work.then(
    (app) => ({ app }),
    (error: unknown) => ({ error }),
  );
}

/** The named apps, or with --all every app. @throws CommandFailure if it is both or neither */
async function namedApps({ session, arguments: [names], options }: Call): Promise<readonly string[]> {
  const list = names as readonly string[];
  if (options.all !== true) {
    if (list.length === 0) throw wrongUse('name one or more apps, or give --all');
    return list;
  }
  if (list.length > 0) throw wrongUse('name apps, or give --all, but not both');
  const all = await allApps(session.client);
  if (all.length === 0) session.out.note(`There are no apps yet: ${toehold()} new <name> makes one`);
  return all.map(({ name }) => name);
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
    const question = `Stop ${plain(name)}, free its port, and move its directory to .trash? Its runs and log are deleted. [y/N] `;
    if (!(await isSure(question))) throw refused(`${plain(name)} was not removed`);
  }
  const { removeApp } = await client.request(RemoveAppDocument, { input: { app: { name } } });
  const { appId, appName } = await successOf(session, name, removeApp, 'RemoveAppSuccess');
  if (json) out.printJson({ appId, appName });
  else out.print(`${plain(appName)} is removed; its directory is in .trash of the apps’ directory`);
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
