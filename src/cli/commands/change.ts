import { createInterface } from 'node:readline/promises';
import {
  AppReleasesDocument,
  GrantAppAccessDocument,
  RemoveAppDocument,
  RenameAppDocument,
  SetAppIconDocument,
} from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { refused, wrongUse } from '../failure.ts';
import { plain } from '../terminal/escape.ts';
import { noSuchApp } from './app-refs.ts';
import { accessText } from './describe.ts';
import { printApp, successOf } from './mutations.ts';

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
