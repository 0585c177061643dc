import { AppReleasesDocument } from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { plain } from '../terminal/escape.ts';
import { localTime, since } from '../terminal/format.ts';
import { tableLines } from '../terminal/table.ts';
import { noSuchApp } from './names.ts';

/** `toehold releases <app>` */
export async function releases({ session, arguments: [name] }: Call): Promise<void> {
  const { client, out, json } = session;
  const { app } = await client.request(AppReleasesDocument, { app: { name: String(name) } });
  if (!app) throw await noSuchApp(client, String(name));
  if (json) return out.printJson(app.releases);
  if (app.releases.length === 0)
    return out.note(`${plain(app.name)} is a plain directory: it has no releases`);
  const { paint } = out;
  const now = Date.now();
  const lines = tableLines(
    app.releases,
    [
      {
        title: 'RELEASE',
        text: (release) => release.name,
        paint: ({ current }, text) => (current ? paint('bold', text) : text),
      },
      {
        title: 'CURRENT',
        text: ({ current }) => (current ? 'yes' : ''),
        paint: (_row, text) => paint('green', text),
      },
      { title: 'OF', text: ({ createdAt }) => localTime(createdAt), leaveOut: 2 },
      { title: 'AGE', text: ({ createdAt }) => since(createdAt, now), right: true, leaveOut: 1 },
    ],
    { columns: out.columns(), paintTitle: (text) => paint('dim', text) },
  );
  for (const line of lines) out.print(line);
}
