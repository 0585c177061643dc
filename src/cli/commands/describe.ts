import type { EventsPageQuery, ExitFieldsFragment, ExitReason, Gap } from '../../../client/index.ts';
import { plain } from '../terminal/escape.ts';
import { bytes, counted, localTime } from '../terminal/format.ts';
import type { Output } from '../terminal/output.ts';
import { styleOf } from '../terminal/style.ts';

type JournalEvent = EventsPageQuery['events']['nodes'][number];

/** An event on one line: when, whose, what, and who asked for it. */
export function eventText(
  event: JournalEvent,
  { paint, terminal }: Pick<Output, 'paint' | 'terminal'>,
): string {
  const time = paint('dim', terminal ? localTime(event.at) : event.at);
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
      return `was called ${plain(event.previousName)} before`;
    case 'AppStateChangedEvent':
      return `${event.from} → ${event.to}`;
    case 'AppUpdatedEvent':
      return `has changed: ${event.fields.join(', ')}`;
    case 'RestartScheduledEvent':
      return `will be restarted at ${localTime(event.restart.at)} (attempt ${event.restart.attempt})`;
    case 'RunEndedEvent':
      return `run ended: ${exitText(event.exit)}`;
    case 'PortAssignedEvent':
      return `got port ${event.port}${event.previousPort == null ? '' : `, ${event.previousPort} before`}`;
    case 'PortReleasedEvent':
      return `gave port ${event.port} back`;
    case 'PortConflictEvent':
      return `finds its port ${event.port} taken${holderText(event.holder)}`;
    case 'SupervisorStartedEvent':
      return `started, and took ${counted(event.recoveredRuns, 'run')} over${event.lostRuns > 0 ? `; ${event.lostRuns} had ended meanwhile` : ''}`;
    case 'SupervisorStoppingEvent':
      return `ends${event.detached ? ', and leaves the apps running' : ', and every app with it'}`;
    case 'DiskLowEvent':
      return `has only ${bytes(event.freeBytes)} of disk left: the oldest lines are being removed`;
    case 'DiskRecoveredEvent':
      return 'has room on the disk again';
  }
}

function holderText(holder: { pid?: number | null; command?: string | null } | null | undefined): string {
  if (holder?.pid == null) return '';
  return ` by pid ${holder.pid} (${plain(holder.command ?? 'unknown')})`;
}

const EXIT_REASONS: Readonly<Record<ExitReason, string>> = {
  EXITED: 'ended by itself',
  INSTALL_FAILED: 'its dependencies could not be installed',
  KILLED: 'was killed, as it did not end in time',
  LOST: 'ended while no server was looking',
  SPAWN_FAILED: 'could not be started',
  STARTUP_TIMEOUT: 'did not listen on its port in time',
  STOPPED: 'was stopped',
  UNHEALTHY: 'failed its health checks',
};

/** How a run ended, for a person. */
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

/** What an app may do with the server, for a person. */
export function accessText({ requested, granted, allowed, effective }: Access): string {
  const grant = granted ? `granted ${granted.toLowerCase()}` : 'no grant';
  if (!requested) return `asks for no access, ${grant}`;
  const got = allowed ? `may have ${allowed.toLowerCase()}` : 'may have none';
  const now = effective && effective !== allowed ? `, its run has ${effective.toLowerCase()}` : '';
  return `asks for ${requested.toLowerCase()}, ${grant}, ${got}${now}`;
}

const GAP_REASONS: Readonly<Record<Gap['reason'], string>> = {
  JOURNAL_RESET: 'the server has another journal by now',
  RETENTION: 'they were older than what is kept',
  TRUNCATED_BY_APP: 'the app truncated its own output',
};

/** What is missing here, and why. */
export function gapText({ app, reason }: Gap, what = 'lines'): string {
  return `${what}${app ? ` of ${plain(app.name)}` : ''} are missing here: ${GAP_REASONS[reason]}`;
}

export function gapJson({ app, reason, lostAfter, cursor }: Gap): object {
  return { gap: { reason, app: app ?? null, lostAfter, cursor } };
}
