import type { AppRef } from '../../../client/index.ts';
import { graphql } from '../generated/index.ts';
import type { Session } from '../servers/session.ts';
import { noSuchApp } from './names.ts';

const ID = graphql(`query CliAppId($by: AppRef!) { app(by: $by) { id } }`);

/**
 * The apps that were named, by their ids, which hold through a rename; undefined where none was: all.
 * @throws CommandFailure where there is none of that name
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
