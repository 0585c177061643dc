import { AssignPortDocument, PortsDocument, type PortsQuery } from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { wrongUse } from '../failure.ts';
import { toehold } from '../own-name.ts';
import { plain } from '../terminal/escape.ts';
import type { Style } from '../terminal/style.ts';
import { tableLines } from '../terminal/table.ts';
import { successOf } from './mutations.ts';

type Port = PortsQuery['ports'][number];

const STYLES: Readonly<Record<Port['state'], Style>> = { BOUND: 'green', RESERVED: 'dim', CONFLICT: 'red' };

/** `toehold ports [<app> <port>]` */
export async function ports(call: Call): Promise<void> {
  const { session } = call;
  const [name, port] = call.arguments;
  if (name !== undefined) return assign(call, String(name), port);
  const { client, out, json } = session;
  const answer = await client.request(PortsDocument);
  if (json) return out.printJson(answer);
  const { paint } = out;
  const lines = await tableLines<Port>(
    answer.ports,
    [
      { title: 'PORT', text: (row) => String(row.port), right: true },
      {
        title: 'APP',
        text: ({ app }) => plain(app.name),
        paint: (_row, text) => paint('bold', text),
        min: 8,
      },
      { title: 'STATE', text: ({ state }) => state, paint: ({ state }, text) => paint(STYLES[state], text) },
      { title: 'PID', text: ({ holder }) => String(holder?.pid ?? ''), right: true, leaveOut: 1 },
      { title: 'COMMAND', text: ({ holder }) => plain(holder?.command ?? ''), min: 10, leaveOut: 2 },
    ],
    { columns: out.columns(), paintTitle: (text) => paint('dim', text) },
  );
  for (const line of lines) out.print(line);
  const { min, max, assigned, free } = answer.portRange;
  out.print(paint('dim', `Ports ${min} to ${max}: ${assigned} assigned, ${free} free`));
}

async function assign({ session }: Call, name: string, port: unknown): Promise<void> {
  if (!/^\d{1,5}$/.test(String(port)))
    throw wrongUse(
      `${port === undefined ? 'the port is missing' : `${port} is not a port`}: ${toehold()} ports <app> <port>`,
    );
  const input = { app: { name }, port: Number(port) };
  const { assignPort } = await session.client.request(AssignPortDocument, { input });
  const { app } = await successOf(session, name, assignPort, 'AssignPortSuccess');
  if (session.json) session.out.printJson(app);
  else session.out.print(`${plain(app.name)} has port ${app.port?.port}`);
}
