import type { Call } from '../client-command.ts';
import type { CliAuditQuery } from '../generated/graphql.ts';
import { graphql } from '../generated/index.ts';
import { plain } from '../terminal/escape.ts';
import { localTime } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import { tableLines } from '../terminal/table.ts';
import { countOf } from './options.ts';

const AUDIT = graphql(`
  query CliAudit($last: Int, $first: Int, $before: Cursor, $after: Cursor) {
    auditLog(last: $last, first: $first, before: $before, after: $after) {
      nodes { cursor at actor tokenId role action input outcome endedAt }
      pageInfo { startCursor endCursor hasPreviousPage hasNextPage }
    }
  }
`);

type Entry = CliAuditQuery['auditLog']['nodes'][number];

const DEFAULT_ENTRIES = 100;
const MOST = 1_000;

/** `toehold audit` */
export async function audit({ session, options }: Call): Promise<void> {
  const { client, out, json } = session;
  const count = countOf(options.lines, DEFAULT_ENTRIES);
  const newest: Entry[][] = [];
  let left = count ?? Number.POSITIVE_INFINITY;
  let before: string | null = null;
  while (left > 0) {
    const { auditLog }: CliAuditQuery = await client.request(AUDIT, { last: Math.min(MOST, left), before });
    newest.unshift(auditLog.nodes);
    left -= auditLog.nodes.length;
    before = auditLog.pageInfo.startCursor ?? null;
    if (!auditLog.pageInfo.hasPreviousPage) break;
  }
  const entries = newest.flat();
  if (json) for (const entry of entries) out.printJson(entry, 'one of many');
  else for (const line of await auditTable(entries, out)) out.print(line);
}

/** The arguments for a person: the app by its name, then the other arguments. A text that was cut stays as it is. */
export function inputText(text: string): string {
  try {
    const { input, ...others } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    return argumentsText({ ...(isObject(input) ? input : {}), ...others });
  } catch {
    return text;
  }
}

function argumentsText({ app, ...others }: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(others)
    .filter(([, value]) => value !== null && value !== false)
    .map(([name, value]) => (value === true ? name : `${name} ${valueText(value)}`));
  return [...(isObject(app) ? [valueText(app.name ?? app.id)] : []), ...parts].join(', ');
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function auditTable(
  entries: readonly Entry[],
  { paint, columns }: Pick<Output, 'paint' | 'columns'>,
): Promise<string[]> {
  return tableLines<Entry>(
    entries,
    [
      { title: 'AT', text: ({ at }) => localTime(at), paint: (_entry, text) => paint('dim', text) },
      { title: 'ACTOR', text: ({ actor }) => plain(actor), min: 6 },
      { title: 'ROLE', text: ({ role }) => role, leaveOut: 2 },
      { title: 'ACTION', text: ({ action }) => action, paint: (_entry, text) => paint('bold', text) },
      {
        title: 'OUTCOME',
        text: ({ outcome }) => outcome ?? '',
        paint: ({ outcome }, text) => paint(outcome === 'OK' ? 'green' : 'red', text),
      },
      { title: 'INPUT', text: ({ input }) => plain(inputText(input)), min: 12, leaveOut: 1 },
    ],
    { columns: columns(), paintTitle: (text) => paint('dim', text) },
  );
}
