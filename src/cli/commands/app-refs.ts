import type { AppRef, ToeholdClient } from '../../../client/index.ts';
import { type CommandFailure, refused } from '../failure.ts';
import { graphql } from '../generated/index.ts';
import { toehold } from '../own-name.ts';
import type { Session } from '../servers/session.ts';
import { plain } from '../terminal/escape.ts';

const NAMES = graphql(`query CliNames { apps(first: 1000) { nodes { id name } } }`);

/** The names of the apps. @throws ToeholdError */
export async function appNames(client: ToeholdClient): Promise<string[]> {
  return (await namedApps(client)).map(({ name }) => name);
}

/** The apps with their names and ids, by name. @throws ToeholdError */
export async function namedApps(
  client: ToeholdClient,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  return (await client.request(NAMES)).apps.nodes;
}

/** The failure for an unknown app, with similar names. */
export async function noSuchApp(client: ToeholdClient, name: string): Promise<CommandFailure> {
  // What PM2 calls every app.
  if (name === 'all') return refused('no app is called "all"\nThe option --all means every app');
  const meant = similar(name, await appNames(client).catch(() => []));
  const hint =
    meant.length > 0 ? `Did you mean ${meant.map(plain).join(' or ')}?` : `${toehold()} ls lists the apps`;
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

/** At most three names that are similar to what was typed, the nearest first. */
export function similar(typed: string, names: readonly string[]): string[] {
  const most = Math.max(1, Math.floor(typed.length * 0.4));
  return names
    .map((name) => ({ name, steps: name.startsWith(typed) && typed !== '' ? 0 : editSteps(typed, name) }))
    .filter(({ steps }) => steps <= most)
    .sort((one, other) => one.steps - other.steps)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** The edit distance: how many letters to insert, delete, replace, or swap with a neighbor. */
function editSteps(from: string, to: string): number {
  let [before, last]: [number[], number[]] = [[], Array.from({ length: to.length + 1 }, (_, index) => index)];
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      const steps = [
        at(last, column) + 1,
        at(line, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        ...(swapped ? [at(before, column - 2) + 1] : []),
      ];
      line.push(Math.min(...steps));
    }
    [before, last] = [last, line];
  }
  return at(last, to.length);
}

function at(line: readonly number[], index: number): number {
  return line[index] ?? Number.POSITIVE_INFINITY;
}
