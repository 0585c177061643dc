import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { GraphQLContext, OpenStream, StreamHandover } from '../../../schema/context.ts';
import { subscribeBounded } from '../bounded-answers.ts';
import type { Group, Member, Output } from './group.ts';
import type { SharedStreams } from './shared-streams.ts';

/** Where a transport puts the output of a stream. While there is none, the stream is not shared. */
export interface StreamTarget {
  output: Output | null;
}

type Results = AsyncGenerator<ExecutionResult, void, void>;
type Next = IteratorResult<ExecutionResult, void>;

interface Pending {
  readonly resolve: (next: Next) => void;
  readonly reject: (error: unknown) => void;
}

const DONE: Next = { done: true, value: undefined };

/**
 * Subscribes. The result is like that of graphql's `subscribe`, but a stream that has caught up with its journal gets
 * its texts from a group, which writes them to the target's output.
 */
export async function subscribeShared(
  shared: SharedStreams,
  target: StreamTarget,
  args: ExecutionArgs,
): Promise<ExecutionResult | Results> {
  const subscription = new Subscription(shared, target, args);
  return (await subscription.begin()) ?? subscription;
}

/**
 * The stream of one client. It reads and executes by itself until it has caught up. Then it is a member of a group, and
 * its `next()` does not resolve. A slow client goes back to reading by itself. The end of the stream and its count stay
 * its own.
 */
class Subscription implements Results, Member {
  readonly #shared: SharedStreams;
  readonly #target: StreamTarget;
  readonly #args: ExecutionArgs;
  readonly #context: GraphQLContext;
  /** What the client's arguments mean: see `StreamHandover`. */
  #query: unknown;
  /** Its own stream. Null while it is a member of a group, or waits until its client has read. */
  #results: Results | null = null;
  /** The group that it is a member of, or waits for. */
  #group: Group | null = null;
  #pending: Pending | null = null;
  /** Identifies its own stream. Null while it has none. */
  #reading: object | null = null;
  /** Cancels waiting for the client. */
  #cancel = (): void => {};
  #ended = false;
  #uncount: (() => void) | null = null;
  /** Its own stream, for the metrics. */
  #open: OpenStream | null = null;
  /** When a group dropped it, until it has caught up again. */
  #droppedAt: number | null = null;

  constructor(shared: SharedStreams, target: StreamTarget, args: ExecutionArgs) {
    this.#shared = shared;
    this.#target = target;
    this.#args = args;
    this.#context = args.contextValue as GraphQLContext;
  }

  get output(): Output {
    const { output } = this.#target;
    if (!output) throw new Error('Only a stream with an output can join a group');
    return output;
  }

  /** Returns the problem if the operation cannot be subscribed to. */
  async begin(): Promise<ExecutionResult | null> {
    const problem = await this.#read(null);
    if (problem) return problem;
    for (const signal of this.#context.ends) signal.addEventListener('abort', this.#finish, { once: true });
    if (this.#context.ends.some(({ aborted }) => aborted)) this.#finish();
    return null;
  }

  next(): Promise<Next> {
    if (this.#ended) return Promise.resolve(DONE);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#pull();
    });
  }

  async return(): Promise<Next> {
    const results = this.#results;
    this.#finish();
    await results?.return();
    return DONE;
  }

  async throw(error: unknown): Promise<Next> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  joined(): void {
    const results = this.#results;
    this.#results = null;
    this.#reading = null;
    results?.return().catch(() => {});
  }

  fellBehind(cursor: string): void {
    this.#droppedAt = this.#context.clock.monotonic();
    this.#group = null;
    if (this.#ended) return;
    if (this.output.isFull) this.#cancel = this.output.onceDrained(() => void this.#readOn(cursor));
    else void this.#readOn(cursor);
  }

  /** Begins its own stream: where the arguments say, or after a cursor. Returns the problem if it cannot begin. */
  async #read(from: string | null): Promise<ExecutionResult | null> {
    const reading = {};
    const handover: StreamHandover = {
      from,
      query: this.#query,
      caughtUp: (cursor) => {
        if (this.#reading === reading) this.#caughtUp(args, cursor);
      },
    };
    const args = this.#argsWith(handover);
    const results = await subscribeBounded(args);
    this.#query = handover.query;
    if (!(Symbol.asyncIterator in results)) return results;
    this.#results = results;
    this.#reading = reading;
    return null;
  }

  async #readOn(cursor: string): Promise<void> {
    if (this.#ended) return;
    try {
      const problem = await this.#read(cursor);
      if (this.#ended) await this.return();
      else if (problem) {
        this.#settle({ done: false, value: problem });
        this.#finish();
      } else this.#pull();
    } catch (error) {
      this.#fail(error);
    }
  }

  #argsWith(handover: StreamHandover): ExecutionArgs {
    const streamOpened: GraphQLContext['streamOpened'] = (stream) => {
      this.#open = stream;
      this.#uncount ??= this.#context.streamOpened({ ...stream, behindSince: () => this.#behindSince() });
      return () => {};
    };
    return { ...this.#args, contextValue: { ...this.#context, streamOpened, handover } };
  }

  #behindSince(): number | null {
    return this.#droppedAt ?? this.#group?.behindSince(this) ?? this.#open?.behindSince() ?? null;
  }

  #caughtUp(args: ExecutionArgs, cursor: string): void {
    this.#droppedAt = null;
    // Without a pending `next()`, the client does not have everything yet.
    if (this.#ended || !this.#pending || !this.#target.output) return;
    this.#group?.leave(this);
    this.#group = this.#shared.groupAt(args, cursor);
    this.#group.meet(this, cursor);
  }

  #pull(): void {
    const results = this.#results;
    if (!results || !this.#pending) return;
    // After it has joined a group, the group delivers the rest.
    results.next().then(
      (next) => {
        if (this.#results === results) this.#settle(next);
      },
      (error: unknown) => {
        if (this.#results === results) this.#fail(error);
      },
    );
  }

  #settle(next: Next): void {
    const pending = this.#pending;
    this.#pending = null;
    this.#group?.leave(this);
    this.#group = null;
    if (next.done) this.#finish();
    pending?.resolve(next);
  }

  #fail(error: unknown): void {
    const pending = this.#pending;
    this.#pending = null;
    this.#finish();
    pending?.reject(error);
  }

  readonly #finish = (): void => {
    if (this.#ended) return;
    this.#ended = true;
    for (const signal of this.#context.ends) signal.removeEventListener('abort', this.#finish);
    this.#group?.leave(this);
    this.#cancel();
    this.#uncount?.();
    this.#results?.return().catch(() => {});
    this.#results = null;
    this.#pending?.resolve(DONE);
    this.#pending = null;
  };
}
