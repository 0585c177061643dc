import { spawn } from 'node:child_process';
import { connect, ToeholdError } from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { refused, wrongUse } from '../failure.ts';
import type { Role } from '../generated/graphql.ts';
import { graphql } from '../generated/index.ts';
import { toehold } from '../own-name.ts';
import type { Session } from '../servers/session.ts';
import { plain } from '../terminal/escape.ts';
import { localTime } from '../terminal/format.ts';
import { noSuchApp } from './app-refs.ts';

const LINK = graphql(`
  mutation CliLoginLink($input: CreateLoginLinkInput!) {
    createLoginLink(input: $input) {
      __typename
      ... on CreateLoginLinkSuccess { url expiresAt }
      ... on Error { code message }
    }
  }
`);

const APP = graphql(`query CliAppUrl($by: AppRef!) { app(by: $by) { name state url } }`);

interface Link {
  readonly url: string;
  /** Null: it is no login link, because it leads to an app or the server requires no token. */
  readonly expiresAt: string | null;
}

/** `toehold open [app]` */
export async function open({ session, arguments: [app], options }: Call): Promise<void> {
  const { out, json, desktop, server } = session;
  const role = (options.role as Role | undefined) ?? null;
  if (app !== undefined && role !== null)
    throw wrongUse('--role is for a session of the server, not for an app');
  const link = app === undefined ? await linkOf(session, role) : await addressOf(session, String(app));
  if (json) return out.printJson(link);
  out.print(link.url);
  if (!out.terminal) return;
  if (link.expiresAt) out.note(`Works once, until ${localTime(link.expiresAt)}`);
  // The browser might not know the name of a remote server, but try it.
  if (options.print !== true && desktop && !(await openBrowser(link.url)))
    out.note(`No browser could be opened here${server.local ? '' : '; open the link where you can'}`);
}

/** @throws CommandFailure if the app serves nothing now */
async function addressOf({ client }: Session, name: string): Promise<Link> {
  const { app } = await client.request(APP, { by: { name } });
  if (!app) throw await noSuchApp(client, name);
  if (app.url) return { url: app.url, expiresAt: null };
  throw refused(
    `${plain(app.name)} has no address: it is ${app.state}\n${toehold()} status ${plain(app.name)} says more`,
  );
}

async function linkOf(session: Session, role: Role | null): Promise<Link> {
  try {
    const { createLoginLink } = await session.client.request(LINK, { input: { role } });
    if (createLoginLink.__typename !== 'CreateLoginLinkSuccess') throw refused(createLoginLink.message);
    const { url, expiresAt } = createLoginLink;
    return { url: withAddress(session.server.url, url), expiresAt };
  } catch (error) {
    if (!(error instanceof ToeholdError) || error.code !== 'FORBIDDEN') throw error;
    if (!(await asksForNoToken(session.server.url))) throw error;
    return { url: `${session.server.url}/graphql`, expiresAt: null };
  }
}

/** The link with the address that reached the server, because the server does not know about a proxy or a tunnel. */
function withAddress(server: string, link: string): string {
  const { pathname, search } = new URL(link);
  return `${server}${pathname}${search}`;
}

async function asksForNoToken(url: string): Promise<boolean> {
  try {
    await connect({ url }).request('{ viewer { name } }');
    return true;
  } catch {
    return false;
  }
}

/** Whether a program was started to open the link. The link is in its arguments as long as it runs. */
function openBrowser(url: string): Promise<boolean> {
  const program = process.platform === 'darwin' ? 'open' : 'xdg-open';
  return new Promise((resolve) => {
    const child = spawn(program, [url], { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
