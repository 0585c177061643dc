import type { Call } from '../client-command.ts';
import type { CliStatusQuery } from '../generated/graphql.ts';
import { graphql } from '../generated/index.ts';
import { plain } from '../terminal/escape.ts';
import { bytes, counted, localTime, since } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import { noSuchApp } from './app-refs.ts';
import { noteOf, stateStyle } from './app-table.ts';
import { accessText, exitText } from './describe.ts';
import { lineFormat, lineText } from './lines.ts';

const STATUS = graphql(`
  query CliStatus($by: AppRef!) {
    app(by: $by) {
      ...AppRow
      tool
      warnings
      restartPolicy
      access { requested granted allowed effective }
      createdAt
      port { port state holder { pid command } }
      release { name }
      releases { name }
      run { id pid phase cause actor recoveries startedAt readyAt release { name } }
      usage { memoryBytes cpuPercent processes }
      lastRuns: runs(first: 10) { nodes { id cause startedAt exit { at code signal reason } } }
      logs(last: 10) { nodes { ...CliLine } }
    }
  }
`);

/** The meaning of `toes.restart`. */
const RESTARTS: Readonly<Record<Status['restartPolicy'], string>> = {
  ON_FAILURE: 'it fails',
  ALWAYS: 'it ends by itself',
  NEVER: 'started by hand',
};

type Status = NonNullable<CliStatusQuery['app']>;

/** `toehold status <app>` */
export async function status({ session, arguments: [name] }: Call): Promise<void> {
  const { client, out, json } = session;
  const { app } = await client.request(STATUS, { by: { name: String(name) } });
  if (!app) throw await noSuchApp(client, String(name));
  if (json) return out.printJson(app);
  const now = Date.now();
  const { paint } = out;
  out.print(`${plain(app.icon)} ${paint('bold', plain(app.name))}  ${paint(stateStyle(app), app.state)}`);
  const facts = factsOf(app, now).filter(([, text]) => text !== '');
  const width = Math.max(...facts.map(([title]) => title.length));
  for (const [title, text] of facts) out.print(`  ${paint('dim', title.padEnd(width))}  ${text}`);
  printLines(app, out);
}

function factsOf(app: Status, now: number): [string, string][] {
  const { run, usage, port, release } = app;
  const lastExit = app.lastRuns.nodes.find(({ exit }) => exit)?.exit;
  const restarts = Math.max(0, app.runs.totalCount - 1);
  return [
    ['URL', app.url ?? ''],
    ['Port', port ? `${port.port}, ${portText(port)}` : ''],
    ['Running', run ? `since ${since(run.startedAt, now)}, ${runText(run)}` : ''],
    ['Health', run ? app.health.toLowerCase() : ''],
    ['Uses', usage ? usageText(usage) : ''],
    ['Wanted', app.desiredState.toLowerCase()],
    ['Restarts if', RESTARTS[app.restartPolicy]],
    ['Release', release ? `${release.name}, one of ${app.releases.length}` : ''],
    ['Restarts', restarts > 0 ? String(restarts) : ''],
    ['Last exit', lastExit ? `${exitText(lastExit)}, ${since(lastExit.at, now)} ago` : ''],
    ['Now', plain(noteOf(app, now))],
    ['Error', app.state === 'RUNNING' || app.state === 'STARTING' ? plain(app.error ?? '') : ''],
    ...app.warnings.map((warning): [string, string] => ['Warning', plain(warning)]),
    ['Access', app.access.requested || app.access.granted ? accessText(app.access) : ''],
    ['Tool', plain(app.tool ?? '')],
    ['Found', localTime(app.createdAt)],
    ['Id', app.id],
  ];
}

function portText({ state, holder }: NonNullable<Status['port']>): string {
  if (state !== 'CONFLICT') return state === 'BOUND' ? 'its own run listens' : 'reserved for it';
  return `taken by ${holder?.command ? plain(holder.command) : 'another process'} (pid ${holder?.pid ?? 'unknown'})`;
}

function runText({ pid, phase, cause, actor, recoveries }: NonNullable<Status['run']>): string {
  const by = `${cause.toLowerCase()} by ${plain(actor)}`;
  const taken = recoveries > 0 ? `, recovered ${counted(recoveries, 'time')}` : '';
  return `${phase.toLowerCase()}${pid == null ? '' : `, pid ${pid}`} (${by}${taken})`;
}

function usageText({ memoryBytes, cpuPercent, processes }: NonNullable<Status['usage']>): string {
  const count = counted(processes, 'process', 'processes');
  return `${bytes(memoryBytes)} of memory, ${cpuPercent.toFixed(1)} % of a core, ${count}`;
}

function printLines({ logs }: Status, out: Output): void {
  if (logs.nodes.length === 0) return;
  out.print(`\n${out.paint('dim', 'Last lines:')}`);
  const format = lineFormat(out, { names: null, times: true });
  for (const line of logs.nodes) out.print(lineText(line, format));
}
