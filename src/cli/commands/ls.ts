import type { Call } from '../client-command.ts';
import { appTable } from './app-table.ts';
import { allApps } from './apps.ts';

/** `toehold ls` */
export async function ls({ session, options }: Call): Promise<void> {
  const { client, out, json } = session;
  if (options.watch === true) {
    const { watchApps } = await import('./ls-watch.ts');
    return watchApps(session);
  }
  const apps = await allApps(client);
  if (json) return out.printJson(apps);
  if (apps.length === 0) return out.note('There are no apps yet: toehold new <name> makes one');
  for (const line of appTable(apps, out, Date.now())) out.print(line);
}
