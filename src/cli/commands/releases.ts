import { ActivateReleaseDocument, AppReleasesDocument } from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { refused } from '../failure.ts';
import { toehold } from '../own-name.ts';
import type { Session } from '../servers/session.ts';
import { plain } from '../terminal/escape.ts';
import { localTime, since } from '../terminal/format.ts';
import { tableLines } from '../terminal/table.ts';
import { noSuchApp, similar } from './app-refs.ts';
import { printApp, showingProgress, successOf } from './mutations.ts';

/** `toehold releases <app>` */
export async function releases({ session, arguments: [name] }: Call): Promise<void> {
  const { client, out, json } = session;
  const { app } = await client.request(AppReleasesDocument, { app: { name: String(name) } });
  if (!app) throw await noSuchApp(client, String(name));
  if (json) return out.printJson(app.releases);
  if (app.releases.length === 0)
    return out.note(`${plain(app.name)} has no releases: its current is a plain directory`);
  const { paint } = out;
  const now = Date.now();
  const lines = await tableLines(
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

/** `toehold activate <app> <release>` */
export async function activate({ session, arguments: args, options }: Call): Promise<void> {
  const [name = '', release = ''] = args.map(String);
  await activateRelease(session, name, release, options.wait !== false);
}

/** `toehold rollback <app>` */
export async function rollback({ session, arguments: [named], options }: Call): Promise<void> {
  const name = String(named);
  const { app } = await session.client.request(AppReleasesDocument, { app: { name } });
  if (!app) throw await noSuchApp(session.client, name);
  const current = app.releases.findIndex((release) => release.current);
  const before = current < 0 ? undefined : app.releases[current + 1];
  if (!before) {
    const why =
      current < 0 ? 'its current is not one of its releases' : 'no release is older than the current one';
    throw refused(
      `${plain(name)} cannot go back: ${why}\n${toehold()} releases ${plain(name)} lists the releases`,
    );
  }
  await activateRelease(session, name, before.name, options.wait !== false);
}

async function activateRelease(
  session: Session,
  name: string,
  release: string,
  wait: boolean,
): Promise<void> {
  const input = { app: { name }, release, wait };
  const work = session.client.request(ActivateReleaseDocument, { input });
  const { activateRelease: result } = await (wait ? showingProgress(session, name, work) : work);
  if ('code' in result && result.code === 'RELEASE_NOT_FOUND')
    throw await noSuchRelease(session, name, release, result.message);
  printApp(session, (await successOf(session, name, result, 'ActivateReleaseSuccess')).app);
}

async function noSuchRelease({ client }: Call['session'], name: string, release: string, message: string) {
  const { app } = await client.request(AppReleasesDocument, { app: { name } });
  const meant = similar(release, app?.releases.map((one) => one.name) ?? []);
  const hint =
    meant.length > 0
      ? `Did you mean ${meant.join(' or ')}?`
      : `${toehold()} releases ${name} lists the releases`;
  return refused(`${plain(name)}: ${message}\n${hint}`);
}
