import { plain } from '../terminal/escape.ts';

interface Welcome {
  readonly version: string;
  /** The address of the server. */
  readonly url: string;
  /** A link that logs a browser in once; null: none can be made, or the server requires no token. */
  readonly loginUrl: string | null;
  /** Whether the server requires a token. */
  readonly auth: boolean;
  readonly dataDir: string;
  /** How a person calls the command. */
  readonly command: string;
  /** What happens to the apps when the server ends. */
  readonly onExit: 'stop' | 'detach';
}

/**
 * What a terminal shows when the server is ready. The link has a line of its own and begins it, so that it fits 80 columns and one click
 * opens it.
 */
export function welcomeText(welcome: Welcome): string[] {
  const { version, url, loginUrl, auth, dataDir, command, onExit } = welcome;
  const open = `${command} open`;
  const how = loginUrl ? 'this link logs a browser in, once and within 10 minutes' : `log in with ${open}`;
  const apps = onExit === 'stop' ? 'and its apps' : '(the apps keep running)';
  return [
    '',
    `🐾 \x1b[1mToehold\x1b[22m ${version}`,
    '',
    `   Dashboard${auth ? ` (${how})` : ''}:`,
    '',
    `\x1b[36m${loginUrl ?? url}\x1b[39m`,
    '',
    ...(loginUrl ? [`   Another link:  ${open}`] : []),
    `   Data folder:   ${plain(dataDir)}`,
    `   Press Ctrl-C to stop the server ${apps}.`,
    '',
  ];
}
