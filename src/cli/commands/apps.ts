import type { ToeholdClient } from '../../../client/index.ts';
import type { AppRowFragment } from '../generated/graphql.ts';
import { graphql } from '../generated/index.ts';

export type AppRow = AppRowFragment;

graphql(`
  fragment AppRow on App {
    id
    name
    icon
    state
    desiredState
    health
    error
    url
    revision
    port { port }
    restart { attempt at }
    run { phase startedAt readyAt }
    usage { memoryBytes cpuPercent }
    runs(first: 0) { totalCount }
  }
`);

const LIST = graphql(`
  query CliApps($after: Cursor) {
    apps(first: 200, after: $after) { nodes { ...AppRow } pageInfo { hasNextPage endCursor } }
  }
`);

/** Every app, by name. @throws ToeholdError */
export async function allApps(client: ToeholdClient): Promise<AppRow[]> {
  const rows: AppRow[] = [];
  let after: string | null = null;
  for (;;) {
    const {
      apps,
    }: { apps: { nodes: AppRow[]; pageInfo: { hasNextPage: boolean; endCursor?: string | null } } } =
      await client.request(LIST, { after });
    rows.push(...apps.nodes);
    after = apps.pageInfo.endCursor ?? null;
    if (!apps.pageInfo.hasNextPage || after === null) return rows;
  }
}
