import type { RequestOptions } from './document.ts';
import type { ToeholdError } from './error.ts';
import type {
  AppRef,
  EventFieldsFragment,
  GapFieldsFragment,
  LineFieldsFragment,
  LogFilter,
} from './generated/graphql.ts';

/** A log line. To continue after it, use its `cursor`. */
export type LogLine = LineFieldsFragment & {
  readonly kind: 'line';
  /** False for lines that were printed before you subscribed. */
  readonly live: boolean;
};

/** An event; `__typename` says which. To continue after it, use its `cursor`. */
export type LoggedEvent = EventFieldsFragment & {
  readonly kind: 'event';
  /** False for events that happened before you subscribed. */
  readonly live: boolean;
};

/** The items after `lostAfter` no longer exist; the stream continues at `cursor`. */
export type Gap = GapFieldsFragment & { readonly kind: 'gap' };

/** A change of the connection; only with `status: true`. */
export type Status =
  | { readonly kind: 'status'; readonly state: 'connected' }
  | {
      readonly kind: 'status';
      readonly state: 'away';
      /** Why the connection was lost or not made. */
      readonly error: ToeholdError;
      /** How many times in a row it failed: 1 for the first time. */
      readonly attempt: number;
      /** The time until the next attempt, in milliseconds. */
      readonly retryIn: number;
    };

/** An item of `follow.logs`; `kind` says which. */
export type LogItem = LogLine | Gap | Status;

/** An item of `follow.events`; `kind` says which. */
export type EventItem = LoggedEvent | Gap | Status;

/** The options of both streams. */
export interface FollowOptions extends RequestOptions {
  /**
   * The apps to follow (default: all). An id stays valid through a rename. If no app has a given name when the connection is made again, the
   * stream ends with APP_NOT_FOUND.
   */
  readonly apps?: readonly AppRef[];
  /** The `cursor` of the last item that you got (default: start now). */
  readonly after?: string;
  /** Also yield an item when the connection is lost, and when it is back. */
  readonly status?: boolean;
}

/** The options of `follow.logs`. */
export interface FollowLogsOptions extends FollowOptions {
  /** Without `after`: how many of the last lines to start with, 0 to 1,000 (default: 100). */
  readonly last?: number;
  /** Which lines (default: all). */
  readonly filter?: LogFilter;
}

/** The options of `follow.events`. */
export type FollowEventsOptions = FollowOptions;
