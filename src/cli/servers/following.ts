import type { Status, ToeholdClient } from '../../../client/index.ts';
import type { Session } from './session.ts';

interface Followed {
  readonly kind: string;
  /** Where to go on after it. */
  readonly cursor: string;
}

export interface FollowingOptions<Item extends Followed> {
  readonly session: Session;
  /** Null: from now on. */
  readonly after: string | null;
  /** Begins, or goes on after the cursor, and tells when the server has gone. */
  readonly open: (client: ToeholdClient, after: string | null) => AsyncIterable<Item | Status>;
  /** Told when the server has gone, and when it is back. */
  readonly announce: (away: boolean) => void;
}

/**
 * Follows for ever: over every end of the server, nothing is left out and nothing comes twice. The server is
 * looked for anew each time; it may have another port, and somebody else its old one.
 * @throws ToeholdError where it refuses
 */
export async function* following<Item extends Followed>(
  options: FollowingOptions<Item>,
): AsyncGenerator<Item> {
  const { session, open, announce } = options;
  let { after } = options;
  let { client } = session;
  for (;;) {
    for await (const item of open(client, after)) {
      if (!isStatus(item)) {
        after = item.cursor;
        yield item;
      } else if (item.state === 'away') break;
    }
    announce(true);
    // The command's own goes on asking.
    if (client !== session.client) await client.close();
    client = await session.reconnect();
    announce(false);
  }
}

function isStatus<Item extends Followed>(item: Item | Status): item is Status {
  return item.kind === 'status';
}
