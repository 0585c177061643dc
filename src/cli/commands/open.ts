import { spawn } from 'node:child_process';
import { connect, ToeholdError } from '../../../client/index.ts';
import type { Call } from '../client-command.ts';
import { refused } from '../failure.ts';
import type { Role } from '../generated/graphql.ts';
import { graphql } from '../generated/index.ts';
import type { Session } from '../servers/session.ts';
import { clockTime } from '../terminal/format.ts';

const LINK = graphql(`
  mutation CliLoginLink($input: CreateLoginLinkInput!) {
    createLoginLink(input: $input) {
      __typename
      ... on CreateLoginLinkSuccess { url expiresAt }
      ... on Error { code message }
    }
  }
`);

interface Link {
  readonly url: string;
  /** Null: it is no login link, because the server requires no token. */
  readonly expiresAt: string | null;
}

/** `toehold open` */
export async function open({ session, options }: Call): Promise<void> {
  const { out, json, desktop, server } = session;
  const link = await linkOf(session, (options.role as Role | undefined) ?? null);
  if (json) return out.printJson(link);
  out.print(link.url);
  if (!out.terminal) return;
  if (link.expiresAt) out.note(`Works once, until ${clockTime(link.expiresAt)}`);
  // The browser might not know the name of a remote server, but try it.
  if (options.print !== true && desktop && !(await openBrowser(link.url)))
    out.note(`No browser could be opened here${server.local ? '' : '; open the link where you can'}`);
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
