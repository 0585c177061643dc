import type { ToeholdClient } from '../../../client/index.ts';
import type { AppRowFragment } from '../generated/graphql.ts';
import { graphql } from '../generated/index.ts';
import { plain } from '../terminal/escape.ts';
import { bytes, since, span } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import type { Style } from '../terminal/style.ts';
import { type Column, tableLines } from '../terminal/table.ts';

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

/** All apps, by name. @throws ToeholdError */
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

const STYLES: Readonly<Record<AppRow['state'], Style>> = {
  RUNNING: 'green',
  STARTING: 'cyan',
  STOPPING: 'cyan',
  BACKOFF: 'yellow',
  INVALID: 'red',
  STOPPED: 'dim',
};

/** The color for the state of an app. */
export function stateStyle({
  state,
  health,
  desiredState,
}: Pick<AppRow, 'state' | 'health'> & Partial<Pick<AppRow, 'desiredState'>>): Style {
  // It is wanted, and nothing will start it.
  if (state === 'STOPPED' && desiredState === 'RUNNING') return 'red';
  return state === 'RUNNING' && health === 'UNHEALTHY' ? 'yellow' : STYLES[state];
}

/** What to know about an app besides its state; empty if all is well. */
export function noteOf(app: AppRow, now: number): string {
  if (app.state === 'BACKOFF' && app.restart) {
    const due = span(Date.parse(app.restart.at) - now);
    return `restarts in ${due} (attempt ${app.restart.attempt})${app.error ? `: ${app.error}` : ''}`;
  }
  if (app.state === 'STARTING') return app.run?.phase === 'INSTALLING' ? 'installing' : 'booting';
  if (app.state === 'RUNNING') return app.health === 'UNHEALTHY' ? 'unhealthy' : '';
  return app.error ?? '';
}

/** The lines of `toehold ls`. */
export function appTable(
  apps: readonly AppRow[],
  out: Pick<Output, 'paint' | 'columns'>,
  now: number,
): Promise<string[]> {
  const { paint } = out;
  const columns: Column<AppRow>[] = [
    { title: '', text: ({ icon }) => plain(icon), leaveOut: 3 },
    { title: 'NAME', text: ({ name }) => plain(name), paint: (_app, text) => paint('bold', text), min: 8 },
    { title: 'STATE', text: ({ state }) => state, paint: (app, text) => paint(stateStyle(app), text) },
    // An app without an address can have a port for its next run.
    { title: 'URL', text: ({ url, port }) => url ?? (port ? `port ${port.port}` : ''), leaveOut: 1 },
    { title: 'UPTIME', text: (app) => uptime(app, now), right: true, leaveOut: 2 },
    {
      title: 'RESTARTS',
      text: (app) => String(Math.max(0, app.runs.totalCount - 1)),
      right: true,
      leaveOut: 7,
    },
    {
      title: 'CPU',
      text: ({ usage }) => (usage ? `${usage.cpuPercent.toFixed(1)}%` : ''),
      right: true,
      leaveOut: 6,
    },
    {
      title: 'MEMORY',
      text: ({ usage }) => (usage ? bytes(usage.memoryBytes) : ''),
      right: true,
      leaveOut: 5,
    },
    {
      // Why an app does not run matters more than what the others use.
      title: apps.some((app) => noteOf(app, now) !== '') ? 'NOTE' : '',
      text: (app) => plain(noteOf(app, now)),
      paint: (app, text) => paint(app.state === 'STARTING' ? 'dim' : stateStyle(app), text),
      ...{ min: 24, leaveOut: 4 },
    },
  ];
  return tableLines(apps, columns, { columns: out.columns(), paintTitle: (text) => paint('dim', text) });
}

function uptime({ state, run }: AppRow, now: number): string {
  return state === 'RUNNING' && run ? since(run.readyAt ?? run.startedAt, now) : '';
}
