import type { EventsPageQuery, ExitFieldsFragment, ExitReason, Gap } from '../../../client/index.ts';
import { plain } from '../terminal/escape.ts';
import { bytes, counted, localTime } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import { styleOf } from '../terminal/style.ts';

type JournalEvent = EventsPageQuery['events']['nodes'][number];

/** An event on one line: time, app, what happened, and the actor. */
export function eventText(event: JournalEvent, { paint }: Pick<Output, 'paint'>): string {
  const time = paint('dim', localTime(event.at));
  const whose =
    'appName' in event ? paint(styleOf(event.appId), plain(event.appName)) : paint('bold', 'toehold');
  const actor = event.actor === 'supervisor' ? '' : paint('dim', ` (by ${plain(event.actor)})`);
  return `${time} ${whose} ${whatHappened(event)}${actor}`;
}

function whatHappened(event: JournalEvent): string {
  switch (event.__typename) {
    case 'ActivationFailedEvent':
      return `went back to release ${plain(event.previousRelease)}: ${plain(event.release)} did not become ready (${plain(event.message)})`;
    case 'AppAddedEvent':
      return 'was found';
    case 'AppRemovedEvent':
      return 'is gone';
    case 'AppRenamedEvent':
      return `was renamed from ${plain(event.previousName)}`;
    case 'AppStateChangedEvent':
      return `${event.from} → ${event.to}`;
    case 'AppUpdatedEvent':
      return event.changes.map(changeText).join('; ');
    case 'RestartScheduledEvent':
      return `will be restarted at ${localTime(event.restart.at)} (attempt ${event.restart.attempt})`;
    case 'RunEndedEvent':
      return `run ended: ${exitText(event.exit)}`;
    case 'PortAssignedEvent':
      return `got port ${event.port}${event.previousPort == null ? '' : ` instead of ${event.previousPort}`}`;
    case 'PortReleasedEvent':
      return `released port ${event.port}`;
    case 'PortConflictEvent':
      return `cannot use its port ${event.port}: taken${holderText(event.holder)}`;
    case 'SupervisorStartedEvent':
      return `started and recovered ${counted(event.recoveredRuns, 'run')}${event.lostRuns > 0 ? `; ${event.lostRuns} had ended meanwhile` : ''}`;
    case 'SupervisorStoppingEvent':
      return `ends${event.detached ? ' and leaves the apps running' : ' and stops every app'}`;
    case 'DiskLowEvent':
      return `has only ${bytes(event.freeBytes)} of disk left: the oldest log lines are removed`;
    case 'DiskRecoveredEvent':
      return 'has enough free disk again';
  }
}

type Change = Extract<JournalEvent, { __typename: 'AppUpdatedEvent' }>['changes'][number];

/** For example "health: HEALTHY → UNHEALTHY". An event of an earlier version names only the field. */
function changeText({ field, before, after }: Change): string {
  const name = field.toLowerCase().replaceAll('_', ' ');
  if (before == null && after == null) return `${name} changed`;
  return `${name}: ${shownValue(before)} → ${shownValue(after)}`;
}

function shownValue(value: string | null | undefined): string {
  return value == null ? 'none' : plain(value);
}

function holderText(holder: { pid?: number | null; command?: string | null } | null | undefined): string {
  if (holder?.pid == null) return '';
  return ` by pid ${holder.pid} (${plain(holder.command ?? 'unknown')})`;
}

const EXIT_REASONS: Readonly<Record<ExitReason, string>> = {
  EXITED: 'ended by itself',
  INSTALL_FAILED: 'its dependencies could not be installed',
  KILLED: 'was killed because it did not end in time',
  LOST: 'ended while no server was running',
  SPAWN_FAILED: 'could not be started',
  STARTUP_TIMEOUT: 'did not listen on its port in time',
  STOPPED: 'was stopped',
  UNHEALTHY: 'failed its health checks',
};

/** Describes how a run ended. */
export function exitText({
  code,
  signal,
  reason,
}: Pick<ExitFieldsFragment, 'code' | 'signal' | 'reason'>): string {
  const status = code == null ? 'status unknown' : `code ${code}`;
  return `${EXIT_REASONS[reason]} (${signal ? `${signal}, ` : ''}${status})`;
}

interface Access {
  readonly requested?: string | null;
  readonly granted?: string | null;
  readonly allowed?: string | null;
  readonly effective?: string | null;
}

/** Describes the access of an app to the API. */
export function accessText({ requested, granted, allowed, effective }: Access): string {
  const grant = granted ? `granted ${granted.toLowerCase()}` : 'no grant';
  if (!requested) return `asks for no access, ${grant}`;
  const got = allowed ? `can have ${allowed.toLowerCase()}` : 'can have none';
  const now = effective && effective !== allowed ? `, its run has ${effective.toLowerCase()}` : '';
  return `asks for ${requested.toLowerCase()}, ${grant}, ${got}${now}`;
}

const GAP_REASONS: Readonly<Record<Gap['reason'], string>> = {
  JOURNAL_RESET: 'the server has a new journal',
  RETENTION: 'they were removed because of their age or size',
  TRUNCATED_BY_APP: 'the app truncated its own output',
};

/** Says which items are missing, and why. */
export function gapText({ app, reason }: Gap, what = 'lines'): string {
  return `${what}${app ? ` of ${plain(app.name)}` : ''} are missing here: ${GAP_REASONS[reason]}`;
}

export function gapJson({ app, reason, lostAfter, cursor }: Gap): object {
  return { gap: { reason, app: app ?? null, lostAfter, cursor } };
}
