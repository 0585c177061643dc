import { createSourceEventStream, type ExecutionArgs } from 'graphql';
import type { GraphQLContext } from '../../../schema/context.ts';
import { isTooLarge } from '../bounded-answers.ts';
import { executeOften } from '../compiled-operations.ts';
import { jsonParts } from '../json-parts.ts';
import { SharedText } from './shared-text.ts';

/** Where the texts of one member go. */
export interface Output {
  /** Whether the client must read before it gets more. */
  readonly isFull: boolean;
  write(text: SharedText): void;
  /**
   * Calls back once, when there is room again. Never calls after the connection has closed. The returned function
   * cancels it.
   */
  onceDrained(callback: () => void): () => void;
}

/** The stream of one client. */
export interface Member {
  readonly output: Output;
  /** From now on the member gets the texts of the group. */
  joined(): void;
  /** The group has dropped the member, which reads by itself from this cursor. */
  fellBehind(cursor: string): void;
}

/** Where a member is. */
interface Place {
  /** The number of its next text. */
  next: number;
  /** The cursor after its last text. */
  cursor: string;
  /** Whether it waits until its client has read. */
  waiting: boolean;
  /** Since when it waits, by the monotonic clock in milliseconds. */
  since: number;
  cancel: () => void;
}

/** A text that some member does not have yet. */
interface Kept {
  readonly text: SharedText;
  readonly bytes: number;
  /** The cursor after it. */
  readonly cursor: string;
}

/** A payload of a stream. Each says where its stream continues. */
type Payload = { readonly cursor: string } | { readonly resumeAt: string };

/** How much can wait in one connection before its client must read, in bytes: then its output is full. */
export const MOST_WAITING = 64 * 1_024;
/** Longer texts are not shared: each client reads its own when it has room. In bytes. */
const LONGEST_TEXT = 4 * 1_024 * 1_024;
/** How much a group keeps for members that are behind, in bytes. */
export const MOST_KEPT = 16 * 1_024 * 1_024;
/** The same for all groups together. */
const MOST_KEPT_IN_ALL = 32 * 1_024 * 1_024;

let keptInAll = 0;

/**
 * Streams that have the same texts and have caught up with their journal. The group reads the journal, executes and
 * encodes once for all of them. It keeps some texts for members whose client is slow, and drops members that are further
 * behind. While all of its clients are slow, it reads no further.
 */
export class Group {
  readonly #members = new Map<Member, Place>();
  /** Streams that are at the end of the journal, while the group is not there; and their cursors. */
  readonly #latecomers = new Map<Member, string>();
  readonly #ended = new AbortController();
  readonly #onEnd: () => void;
  /** The texts with the numbers from `#first` on. */
  readonly #texts: Kept[] = [];
  #first = 0;
  #kept = 0;
  /** The cursor after everything that the group has read. */
  #cursor: string;
  #resume: (() => void) | null = null;

  readonly #mostKept: number;
  readonly #clock: GraphQLContext['clock'];

  /**
   * @param args those of a member
   * @param mostKept see `MOST_KEPT`
   */
  constructor(args: ExecutionArgs, cursor: string, mostKept: number, onEnd: () => void) {
    this.#cursor = cursor;
    this.#mostKept = mostKept;
    this.#onEnd = onEnd;
    this.#clock = (args.contextValue as GraphQLContext).clock;
    void this.#run(args);
  }

  /** Takes a member that has everything up to the cursor: now, or when the group comes to the same place. */
  meet(member: Member, cursor: string): void {
    if (cursor === this.#cursor) return this.#join(member);
    this.#latecomers.set(member, cursor);
    // The group must come to that place, even if all of its members are slow.
    this.#resume?.();
  }

  /** Since when the client of a member has not read what there is; null: it has, or is no member. */
  behindSince(member: Member): number | null {
    const place = this.#members.get(member);
    return place?.waiting ? place.since : null;
  }

  leave(member: Member): void {
    this.#latecomers.delete(member);
    this.#members.get(member)?.cancel();
    if (this.#members.delete(member)) this.#trim();
  }

  #join(member: Member): void {
    const { isFull } = member.output;
    const place = { next: this.#next, cursor: this.#cursor, waiting: false, since: 0, cancel: () => {} };
    this.#latecomers.delete(member);
    this.#members.set(member, place);
    member.joined();
    if (isFull) this.#await(member, place);
    else this.#resume?.();
  }

  /** The number of the next text. */
  get #next(): number {
    return this.#first + this.#texts.length;
  }

  async #run(args: ExecutionArgs): Promise<void> {
    const own = args.contextValue as GraphQLContext;
    const contextValue: GraphQLContext = {
      ...own,
      ends: [this.#ended.signal],
      // The members are counted, not the group.
      streamOpened: () => () => {},
      handover: {
        query: own.handover?.query,
        from: this.#cursor,
        caughtUp: (cursor) => this.#caughtUp(cursor),
      },
    };
    const groupArgs = { ...args, contextValue };
    try {
      const payloads = await createSourceEventStream(groupArgs);
      if (!(Symbol.asyncIterator in payloads)) return;
      for await (const payload of payloads as AsyncIterable<Payload>) {
        const result = await executeOften({ ...groupArgs, rootValue: payload });
        // An error can name the viewer, so each member executes this payload for itself.
        if (result.errors || isTooLarge(result)) return;
        const text = new SharedText(jsonParts(result));
        if (text.message.length > LONGEST_TEXT) return;
        this.#append(text, 'cursor' in payload ? payload.cursor : payload.resumeAt);
        await this.#room();
      }
    } catch {
      // What fails here fails for each member, too. Its stream ends with the error.
    } finally {
      this.#disband();
    }
  }

  #caughtUp(cursor: string): void {
    this.#cursor = cursor;
    for (const [member, at] of this.#latecomers) if (at === cursor) this.#join(member);
  }

  #append(text: SharedText, cursor: string): void {
    const bytes = text.message.length;
    this.#texts.push({ text, bytes, cursor });
    this.#keep(bytes);
    this.#cursor = cursor;
    for (const [member, place] of this.#members) if (!place.waiting) this.#write(member, place);
    this.#trim();
  }

  /** Writes what the member does not have yet, until its client must read. */
  #write(member: Member, place: Place): void {
    for (let item = this.#at(place.next); item; item = this.#at(place.next)) {
      member.output.write(item.text);
      place.next += 1;
      place.cursor = item.cursor;
      if (member.output.isFull) return this.#await(member, place);
    }
  }

  #at(number: number): Kept | undefined {
    return this.#texts[number - this.#first];
  }

  #await(member: Member, place: Place): void {
    if (!place.waiting) place.since = this.#clock.monotonic();
    place.waiting = true;
    place.cancel = member.output.onceDrained(() => {
      if (this.#members.get(member) !== place) return;
      place.waiting = false;
      const wasLast = place.next === this.#first;
      this.#write(member, place);
      if (wasLast) this.#trim();
      if (!place.waiting) this.#resume?.();
    });
  }

  /** Resolves as soon as one client can take more, or a stream waits to join. */
  async #room(): Promise<void> {
    if (this.#latecomers.size > 0) return;
    for (const { waiting } of this.#members.values()) if (!waiting) return;
    if (this.#ended.signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
    this.#resume = null;
  }

  /** Drops the texts that all members have. If too many are left, drops the oldest, and the members that need them. */
  #trim(): void {
    let needed = this.#next;
    for (const { waiting, next } of this.#members.values()) if (waiting && next < needed) needed = next;
    this.#drop(needed - this.#first);
    while (this.#texts.length > 0 && (this.#kept > this.#mostKept || keptInAll > MOST_KEPT_IN_ALL)) {
      this.#drop(1);
      for (const [member, place] of [...this.#members])
        if (place.next < this.#first) this.#release(member, place);
    }
    if (this.#members.size === 0) this.#end();
  }

  #drop(count: number): void {
    for (const { bytes } of this.#texts.splice(0, count)) this.#keep(-bytes);
    this.#first += count;
  }

  #keep(bytes: number): void {
    this.#kept += bytes;
    keptInAll += bytes;
  }

  #release(member: Member, { cursor }: Place): void {
    this.#members.delete(member);
    member.fellBehind(cursor);
  }

  /** Every member goes on by itself. */
  #disband(): void {
    this.#drop(this.#texts.length);
    for (const [member, place] of [...this.#members]) this.#release(member, place);
    this.#end();
  }

  #end(): void {
    if (this.#ended.signal.aborted) return;
    this.#ended.abort();
    this.#resume?.();
    this.#onEnd();
  }
}
