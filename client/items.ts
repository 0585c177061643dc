import type { RequestOptions } from './document.ts';
import type { ToeholdError } from './error.ts';
import type {
  AppRef,
  EventFieldsFragment,
  GapFieldsFragment,
  LineFieldsFragment,
  LogFilter,
} from './generated/graphql.ts';

/** One line. Its `cursor` is where to go on from after it. */
export type LogLine = LineFieldsFragment & {
  readonly kind: 'line';
  /** False for what was printed before you asked; true once that is told. */
  readonly live: boolean;
};

/** One event, told apart by `__typename`. Its `cursor` is where to go on from after it. */
export type LoggedEvent = EventFieldsFragment & {
  readonly kind: 'event';
  /** False for what happened before you asked; true once that is told. */
  readonly live: boolean;
};

/** What was behind `lostAfter` is gone for good; the stream goes on at `cursor`. */
export type Gap = GapFieldsFragment & { readonly kind: 'gap' };

/** How the connection is; only where `status: true` asked for it. */
export type Status =
  | { readonly kind: 'status'; readonly state: 'connected' }
  | {
      readonly kind: 'status';
      readonly state: 'away';
      /** Why. */
      readonly error: ToeholdError;
      /** How often in a row it was lost or not reached: 1 for the first time. */
      readonly attempt: number;
      /** When it is tried again, in milliseconds. */
      readonly retryIn: number;
    };

/** What `follow.logs` yields, told apart by `kind`. */
export type LogItem = LogLine | Gap | Status;

/** What `follow.events` yields, told apart by `kind`. */
export type EventItem = LoggedEvent | Gap | Status;

/** What both kinds of following take. */
export interface FollowOptions extends RequestOptions {
  /**
   * Whose. Left out: those of all apps. An id holds through a rename; a name that no app has (any more) when the
   * connection is made again ends the following with APP_NOT_FOUND.
   */
  readonly apps?: readonly AppRef[];
  /** The `cursor` of the last item that you had. Left out: from now on. */
  readonly after?: string;
  /** True: tell also when the connection is lost and when it is there again. */
  readonly status?: boolean;
}

/** What `follow.logs` takes. */
export interface FollowLogsOptions extends FollowOptions {
  /** Without `after`: how many of the lines before to begin with, 0 to 1,000. Left out: 100. */
  readonly last?: number;
  /** Which lines. Left out: all. */
  readonly filter?: LogFilter;
}

/** What `follow.events` takes. */
export type FollowEventsOptions = FollowOptions;
