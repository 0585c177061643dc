import type { AppRef, ToeholdClient } from '../../../client/index.ts';
import { type CommandFailure, refused } from '../failure.ts';
import { graphql } from '../generated/index.ts';
import type { Session } from '../servers/session.ts';
import { plain } from '../terminal/escape.ts';
import { similar } from './similar.ts';

const NAMES = graphql(`query CliNames { apps(first: 1000) { nodes { name } } }`);

/** The names of the apps. @throws ToeholdError */
export async function appNames(client: ToeholdClient): Promise<string[]> {
  const { apps } = await client.request(NAMES);
  return apps.nodes.map(({ name }) => name);
}

/** The failure for an unknown app, with similar names. */
export async function noSuchApp(client: ToeholdClient, name: string): Promise<CommandFailure> {
  const meant = similar(name, await appNames(client).catch(() => []));
  const hint =
    meant.length > 0 ? `Did you mean ${meant.map(plain).join(' or ')}?` : 'toehold ls lists the apps';
  return refused(`no app is called ${JSON.stringify(plain(name))}\n${hint}`);
}

const ID = graphql(`query CliAppId($by: AppRef!) { app(by: $by) { id } }`);

/**
 * The named apps by their ids, which stay through a rename. Undefined if none was named: all apps.
 * @throws CommandFailure if there is no app of that name
 */
export async function resolveApps(session: Session, names: unknown): Promise<AppRef[] | undefined> {
  if (!Array.isArray(names) || names.length === 0) return undefined;
  return Promise.all(
    names.map(String).map(async (name) => {
      const { app } = await session.client.request(ID, { by: { name } });
      if (!app) throw await noSuchApp(session.client, name);
      return { id: app.id };
    }),
  );
}
