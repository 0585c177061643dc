import type { Status, ToeholdClient } from '../../../client/index.ts';
import type { Session } from './session.ts';

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
