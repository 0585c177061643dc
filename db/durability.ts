import type { Database as Client } from 'better-sqlite3';
import type { Durability as Known } from '../src/contracts/stores.ts';
import { reasonOf } from '../src/core/errors.ts';

/** How long after a failure the disk is asked again, in milliseconds. */
const RETRY_AFTER = 1_000;

export interface Durability extends Known {
  /** Brings all that was committed to the disk. Where the disk refuses, it is asked again until it confirms. */
  confirm(): void;
  /** Tries no more. */
  close(): void;
}

export interface DurabilityOptions {
  readonly client: Client;
  /** Brings the write-ahead log to the disk. @throws the system's error */
  readonly sync: () => void;
  /** The disk refused (a sentence), or has confirmed everything again (null). */
  readonly changed?: ((problem: string | null) => void) | undefined;
}

/**
 * A commit that the disk does not confirm has been made all the same: this process and every other one sees it.
 * Whether a power cut would take it is not known. So it is no failure of the commit; the disk is asked again.
 */
export function createDurability({ client, sync, changed = () => {} }: DurabilityOptions): Durability {
  let problem: string | null = null;
  let timer: NodeJS.Timeout | null = null;
  const waiting: (() => void)[] = [];

  function attempt(): void {
    try {
      if (problem === null) sync();
      else checkpoint(client);
      resolved();
    } catch (error) {
      const first = problem === null;
      problem = `The disk did not confirm what was committed (${reasonOf(error)}): a power cut could take it`;
      if (first) changed(problem);
      timer ??= setTimeout(retry, RETRY_AFTER).unref();
    }
  }

  function retry(): void {
    timer = null;
    attempt();
  }

  function resolved(): void {
    if (timer) clearTimeout(timer);
    timer = null;
    if (problem !== null) {
      problem = null;
      changed(null);
    }
    for (const resolve of waiting.splice(0)) resolve();
  }

  return {
    confirm: attempt,
    problem: () => problem,
    confirmed: () =>
      problem === null ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve)),
    close() {
      if (timer) clearTimeout(timer);
      timer = null;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}

/**
 * Linux drops what it could not write and confirms the next time (https://lwn.net/Articles/752063/): the log is not
 * to be believed any more. So its content goes into the database file, which SQLite then syncs.
 */
function checkpoint(client: Client): void {
  const [result] = client.pragma('wal_checkpoint(PASSIVE)') as { log: number; checkpointed: number }[];
  if (result && result.checkpointed < result.log) throw new Error('another program reads the database');
}
