import type { ToeholdClient } from '../../../client/index.ts';
import { type CommandFailure, refused } from '../failure.ts';
import { graphql } from '../generated/index.ts';
import { plain } from '../terminal/escape.ts';
import { similar } from './similar.ts';

const NAMES = graphql(`query CliNames { apps(first: 1000) { nodes { name } } }`);

/** The names of the apps. @throws ToeholdError */
export async function appNames(client: ToeholdClient): Promise<string[]> {
  const { apps } = await client.request(NAMES);
  return apps.nodes.map(({ name }) => name);
}

/** That there is no such app, with what may have been meant. */
export async function noSuchApp(client: ToeholdClient, name: string): Promise<CommandFailure> {
  const meant = similar(name, await appNames(client).catch(() => []));
  const hint =
    meant.length > 0 ? `Did you mean ${meant.map(plain).join(' or ')}?` : 'toehold ls shows what there is';
  return refused(`no app is called ${JSON.stringify(plain(name))}\n${hint}`);
}
