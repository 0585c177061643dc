import type { ExitFieldsFragment, ExitReason } from '../../../client/index.ts';

const REASONS: Readonly<Record<ExitReason, string>> = {
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
  return `${REASONS[reason]} (${signal ? `${signal}, ` : ''}${status})`;
}
