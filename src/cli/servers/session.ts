import { type Status, type ToeholdClient, ToeholdError } from '../../../client/index.ts';
import { readClientEnvironment } from '../../config.ts';
import { CommandFailure, EXIT } from '../failure.ts';
import { pause } from '../pause.ts';
import { createOutput, type Output } from '../terminal/output.ts';
import { type FoundServer, findServer, type ServerFlags } from './find-server.ts';
import { clientOf } from './guarded-client.ts';

/** The flags of every command that uses a server. */
export interface CommonFlags extends ServerFlags {
  readonly json?: boolean;
}

/** A running command: its server, and where its output goes. */
export interface Session {
  readonly out: Output;
  readonly json: boolean;
  readonly server: FoundServer;
  readonly client: ToeholdClient;
  /** Whether a browser can open here. */
  readonly desktop: boolean;
  /**
   * Waits until the server is found again, and makes a new client for it. It checks the server again, because the token must not go to
   * another program that has the port now. @throws if the server refuses
   */
  reconnect(): Promise<ToeholdClient>;
}

/** The delays between two attempts to find the server again, in milliseconds. The last one repeats. */
const RETRY_DELAYS = [100, 200, 400, 800, 1_000] as const;

/** @throws CommandFailure if no server is found */
export async function openSession(flags: CommonFlags): Promise<Session> {
  const environment = readClientEnvironment();
  const find = () => findServer({ flags, environment, cwd: process.cwd() });
  const server = await find();
  let attempts = 0;
  return {
    out: createOutput(environment.color),
    json: flags.json === true,
    server,
    client: await clientOf(server),
    desktop: environment.desktop,
    async reconnect() {
      for (;;) {
        await pause(RETRY_DELAYS[Math.min(attempts, RETRY_DELAYS.length - 1)] ?? 0);
        attempts += 1;
        try {
          const client = await clientOf(await find());
          await client.request('{ viewer { name } }');
          attempts = 0;
          return client;
        } catch (error) {
          if (!isAway(error)) throw error;
        }
      }
    },
  };
}

/** Whether the failure means that the server is not there, or not ready yet. */
export function isAway(error: unknown): boolean {
  if (error instanceof CommandFailure) return error.exitCode === EXIT.NO_SERVER;
  return error instanceof ToeholdError && ['UNREACHABLE', 'NOT_READY', 'BAD_ANSWER'].includes(error.code);
}

interface Followed {
  readonly kind: string;
  /** The position after the item. */
  readonly cursor: string;
}

interface FollowingOptions<Item extends Followed> {
  readonly session: Session;
  /** Null: start now. */
  readonly after: string | null;
  /** Starts the stream, or continues it after the cursor, with the client's status items. */
  readonly open: (client: ToeholdClient, after: string | null) => AsyncIterable<Item | Status>;
  /** Don't print that the server is away, and that it is back. */
  readonly quiet?: boolean;
}

/**
 * Follows a stream forever, across restarts of the server: no item is skipped, and none comes twice. Each time it finds the
 * server again, because the server can have another port then, and another program the old one.
 * @throws ToeholdError if the server refuses the stream
 */
export async function* following<Item extends Followed>(
  options: FollowingOptions<Item>,
): AsyncGenerator<Item> {
  const { session, open, quiet = false } = options;
  const note = (text: string) => quiet || session.out.note(`toehold: ${text}`);
  let { after } = options;
  let { client } = session;
  for (;;) {
    for await (const item of open(client, after)) {
      if (!isStatus(item)) {
        after = item.cursor;
        yield item;
      } else if (item.state === 'away') break;
    }
    note('the server is away; waiting for it');
    // The session's own client stays open: the command still uses it.
    if (client !== session.client) await client.close();
    client = await session.reconnect();
    note('the server is back');
  }
}

function isStatus<Item extends Followed>(item: Item | Status): item is Status {
  return item.kind === 'status';
}
