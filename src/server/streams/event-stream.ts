import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import { withoutStatus } from '../graphql-errors.ts';
import { MOST_WAITING, type Output } from './group.ts';
import { SharedText } from './shared-text.ts';

/** How often a stream sends a comment if nothing else waits, in milliseconds: proxies close idle connections. */
const COMMENT_INTERVAL = 12_000;
const COMMENT = Buffer.from(':\n\n');
const COMPLETE = Buffer.from('event: complete\ndata:\n\n');

/** The headers of a response with Server-Sent Events. */
export const EVENT_STREAM_HEADERS = {
  'Content-Type': 'text/event-stream',
  Connection: 'keep-alive',
  'Cache-Control': 'no-cache',
  'Content-Encoding': 'none',
};

/**
 * Results as Server-Sent Events, in the distinct connections mode of graphql-sse:
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. It takes the next result when little is left of those
 * before. While it waits for one, a group can write shared texts.
 */
export class EventStream extends Readable implements Output {
  readonly #results: AsyncIterator<ExecutionResult>;
  /** What this stream is piped to. */
  readonly #response: ServerResponse;
  readonly #comments: NodeJS.Timeout;
  #taking = false;

  constructor(results: AsyncIterable<ExecutionResult>, response: ServerResponse) {
    super();
    this.#response = response;
    this.#results = results[Symbol.asyncIterator]();
    // The first one makes the headers go out: some browsers wait for it.
    this.push(COMMENT);
    this.#comments = setInterval(() => {
      if (this.readableLength === 0) this.push(COMMENT);
    }, COMMENT_INTERVAL);
    // Nothing is piped to a response that closed before.
    if (response.closed) this.destroy();
    else response.once('close', () => this.destroy());
  }

  get isFull(): boolean {
    return this.readableLength + this.#response.writableLength >= MOST_WAITING;
  }

  /** Writes a text of a group to the response: at once, or after what this stream still holds. */
  write(text: SharedText): void {
    if (this.destroyed) return;
    if (this.readableLength === 0 && this.readableFlowing) this.#response.write(text.event);
    else this.push(text.event);
  }

  onceDrained(callback: () => void): () => void {
    const response = this.#response;
    if (response.writableNeedDrain) {
      response.once('drain', callback);
      return () => response.off('drain', callback);
    }
    // The pipe takes what is left here in this turn.
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  }

  override _read(): void {
    if (!this.#taking) void this.#take();
  }

  /** Passes no error on: without a listener, an error would end the process. */
  override _destroy(_error: Error | null, done: (error: Error | null) => void): void {
    clearInterval(this.#comments);
    this.#results.return?.().catch(() => {});
    done(null);
  }

  async #take(): Promise<void> {
    this.#taking = true;
    try {
      const { done, value } = await this.#results.next();
      if (this.destroyed) return;
      if (done) {
        this.push(COMPLETE);
        this.push(null);
      } else this.push(new SharedText([textOf(value)]).event);
    } catch {
      // The error is logged. The client sees that the response is not complete, and continues from its last cursor.
      this.#response.destroy();
    } finally {
      this.#taking = false;
    }
  }
}

function textOf({ errors, ...rest }: ExecutionResult): string {
  return JSON.stringify(errors ? { ...rest, errors: errors.map(withoutStatus) } : rest);
}
