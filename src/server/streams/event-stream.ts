import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { ExecutionResult } from 'graphql';
import { withoutStatus } from '../graphql-errors.ts';
import type { Output } from './group.ts';
import { SharedText } from './shared-text.ts';

/** How much can wait for the client before it must read, in bytes. */
const MOST_WAITING = 64 * 1_024;
/** How often a silent stream sends a comment, in milliseconds: proxies close connections that say nothing. */
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
 * https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. It asks for the next result when the client has
 * read the one before. Meanwhile a group can write shared texts.
 */
export class EventStream extends Readable implements Output {
  readonly #results: AsyncIterator<ExecutionResult>;
  /** What this stream is piped to. */
  readonly #response: ServerResponse;
  readonly #comments: NodeJS.Timeout;
  #taking = false;
  #drained: (() => void) | null = null;

  constructor(results: AsyncIterable<ExecutionResult>, response: ServerResponse) {
    super();
    this.#response = response;
    this.#results = results[Symbol.asyncIterator]();
    // The first one makes the headers go out: some browsers wait for it.
    this.push(COMMENT);
    this.#comments = setInterval(() => {
      if (this.readableLength === 0) this.push(COMMENT);
    }, COMMENT_INTERVAL);
  }

  get isFull(): boolean {
    return this.readableLength + this.#response.writableLength >= MOST_WAITING;
  }

  /** What comes from a group passes this stream by, unless something in it is to be written first. */
  write(text: SharedText): void {
    if (this.destroyed) return;
    if (this.readableLength === 0 && this.readableFlowing) this.#response.write(text.event);
    else this.push(text.event);
  }

  onceDrained(callback: () => void): void {
    if (this.readableLength === 0) this.#response.once('drain', callback);
    else this.#drained = callback;
  }

  override _read(): void {
    const drained = this.#drained;
    this.#drained = null;
    drained?.();
    if (!this.#taking) void this.#take();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearInterval(this.#comments);
    this.#drained = null;
    void this.#results.return?.();
    done(error);
  }

  async #take(): Promise<void> {
    this.#taking = true;
    try {
      const { done, value } = await this.#results.next();
      if (this.destroyed) return;
      if (done) {
        this.push(COMPLETE);
        this.push(null);
      } else this.push(new SharedText(textOf(value)).event);
    } catch (error) {
      this.destroy(error as Error);
    } finally {
      this.#taking = false;
    }
  }
}

function textOf({ errors, ...rest }: ExecutionResult): string {
  return JSON.stringify(errors ? { ...rest, errors: errors.map(withoutStatus) } : rest);
}
