import type { ToeholdClient } from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { toehold } from '../own-name.ts';
import { pause } from '../pause.ts';
import { following, isAway, type Session } from '../servers/session.ts';
import { plain } from '../terminal/escape.ts';
import { hideCursor, type Output } from '../terminal/output.ts';
import { own } from '../terminal/sink.ts';
import { cut } from '../terminal/table.ts';
import { simpleWidth } from '../terminal/width.ts';
import { noSuchApp } from './app-refs.ts';
import { type AppRow, allApps, appTable } from './app-table.ts';

/** `toehold ls [app…]` */
export async function ls({ session, arguments: [names], options }: Call): Promise<void> {
  const { client, out, json } = session;
  const list = await listOf(client, names as readonly string[]);
  if (options.watch === true) return watchApps(session, list);
  const apps = await list(client);
  if (json) return out.printJson(apps);
  if (apps.length === 0) return out.note(`There are no apps yet: ${toehold()} new <name> makes one`);
  out.print((await appTable(apps, out, Date.now())).join('\n'));
}

type List = (client: ToeholdClient) => Promise<AppRow[]>;

/** Reads all apps, or the named ones, also after a rename. @throws CommandFailure if there is no app of a name */
async function listOf(client: ToeholdClient, names: readonly string[]): Promise<List> {
  if (names.length === 0) return allApps;
  const apps = await allApps(client);
  const ids = new Set<string>();
  for (const name of names) {
    const app = apps.find((one) => one.name === name);
    if (!app) throw await noSuchApp(client, name);
    ids.add(app.id);
  }
  return async (now) => (await allApps(now)).filter(({ id }) => ids.has(id));
}

/** The list is read again after this time, because uptime and memory change without an event. Milliseconds. */
const REFRESH = 1_000;
/** The list is read once for all events within this time. Milliseconds. */
const BURST = 100;

/** Shows the apps until Ctrl-C: a table in a terminal, elsewhere a line for each changed app. */
async function watchApps(session: Session, list: List): Promise<never> {
  const { out, json } = session;
  const show = out.terminal && !json ? inPlace(out) : lineByLine(out, json);
  let client: ToeholdClient = session.client;
  let wake = () => {};
  void wakeAtEvents(session, () => wake());
  for (;;) {
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    try {
      await show(await list(client), null);
    } catch (error) {
      if (!isAway(error)) throw error;
      await show(null, 'The server is away; waiting for it to come back');
      client = await session.reconnect();
      continue;
    }
    await pause(BURST);
    await Promise.race([woken, pause(REFRESH - BURST)]);
  }
}

/** Wakes at each event. If the stream fails, the list is still read every second. */
async function wakeAtEvents(session: Session, wake: () => void): Promise<void> {
  const open = (client: ToeholdClient, after: string | null) =>
    client.follow.events({ status: true, ...(after === null ? {} : { after }) });
  try {
    for await (const _event of following({ session, after: null, open, quiet: true })) wake();
  } catch {
    // The request for the list fails in the same way, and that failure is reported.
  }
}

type Show = (apps: readonly AppRow[] | null, problem: string | null) => Promise<void>;

function inPlace(out: Output): Show {
  hideCursor(1);
  let last: readonly AppRow[] = [];
  let drawn = 0;
  return async (apps, problem) => {
    last = apps ?? last;
    const columns = out.columns() ?? 80;
    const rows = (out.rows() ?? 24) - 1;
    const table = last.length > 0 ? await appTable(last, out, Date.now()) : ['There are no apps yet'];
    const foot = problem ?? (table.length > rows ? `… and ${table.length - rows + 1} more` : null);
    const shown = foot === null ? table : table.slice(0, rows - 1);
    if (foot !== null) shown.push(out.paint('yellow', cut(foot, columns, simpleWidth)));
    // Overwrite the lines from the first one on, and clear the rest of each: this does not flicker.
    const text = shown.map((line) => `${line}${own('[K')}\n`).join('');
    out.write(`${drawn > 0 ? own(`[${drawn}A`) : ''}${own('\r')}${text}${own('[J')}`);
    drawn = shown.length;
  };
}

function lineByLine(out: Output, json: boolean): Show {
  let known = new Map<string, AppRow>();
  let announced: string | null = null;
  return async (apps, problem) => {
    if (problem !== announced && problem !== null) out.note(`toehold: ${problem}`);
    announced = problem;
    if (apps === null) return;
    const changed = apps.filter((app) => known.get(app.id)?.revision !== app.revision);
    const now = new Map(apps.map((app) => [app.id, app]));
    const gone = [...known.values()].filter(({ id }) => !now.has(id));
    if (json) {
      for (const app of changed) out.printJson(app, 'one of many');
      for (const { id, name } of gone) out.printJson({ id, name, gone: true }, 'one of many');
    } else {
      const [titles = '', ...lines] = await appTable(changed, out, Date.now());
      if (known.size === 0 && changed.length > 0) out.print(titles);
      for (const line of lines) out.print(line);
      for (const { name } of gone) out.print(`${plain(name)} is gone`);
    }
    known = now;
  };
}
