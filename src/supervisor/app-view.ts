import type { AppRecord } from '../contracts/stores.ts';
import type { AppView } from '../contracts/supervisor.ts';
import { type AppState, DEFAULT_ICON } from '../core/app.ts';
import { requestedRole } from '../core/app-access.ts';
import type { AppFact } from '../core/events.ts';
import { unclearText } from '../core/health-check.ts';
import { appState, liveRun } from '../core/lifecycle.ts';
import { DEFAULT_RESTART_POLICY } from '../core/restarts.ts';
import { changesBetween } from './app-changes.ts';

/** Whether clients see the app. One whose directory is gone is kept for a while, and not listed. */
export function isListed(record: AppRecord): boolean {
  return appState(record.lifecycle.phase) !== null;
}

/** What clients see of an app's record. An app that is not listed is STOPPED. */
export function viewOf(record: AppRecord): AppView {
  const { manifest, lifecycle } = record;
  const { phase } = lifecycle;
  return {
    id: record.id,
    name: record.name,
    icon: manifest?.icon ?? DEFAULT_ICON,
    tool: manifest?.tool === true ? record.name : (manifest?.tool ?? null),
    state: stateOf(record),
    desiredState: lifecycle.desired,
    error: lifecycle.invalid ?? lifecycle.error,
    warnings: warningsOf(record),
    health: phase.kind === 'READY' ? phase.health : 'UNKNOWN',
    run: liveRun(phase),
    address: phase.kind === 'READY' ? phase.address : null,
    restart: phase.kind === 'BACKOFF' ? { attempt: phase.attempt, at: phase.dueAt } : null,
    restartPolicy: manifest?.restart ?? DEFAULT_RESTART_POLICY,
    release: record.release,
    manifest,
    servesPort: manifest?.servesPort ?? true,
    requestedRole: requestedRole(manifest),
    grantedRole: record.granted,
    createdAt: record.createdAt,
    revision: record.revision,
  };
}

/** Those of the manifest, and one that only a run can show. */
function warningsOf({ manifest, lifecycle: { phase } }: AppRecord): readonly string[] {
  const known = manifest?.warnings ?? [];
  return phase.kind === 'READY' && phase.unclear !== null ? [...known, unclearText(phase.unclear)] : known;
}

function stateOf(record: AppRecord): AppState {
  return appState(record.lifecycle.phase) ?? 'STOPPED';
}

/** The facts that follow from the difference between two committed records, in the order of the journal. */
export function factsBetween(before: AppRecord, after: AppRecord): AppFact[] {
  if (!isListed(after)) return isListed(before) ? [{ type: 'AppRemoved' }] : [];
  const facts: AppFact[] = [];
  const [old, now] = [viewOf(before), viewOf(after)];
  if (!isListed(before)) facts.push({ type: 'AppAdded' });
  if (old.name !== now.name) facts.push({ type: 'AppRenamed', previousName: old.name });
  if (old.state !== now.state) {
    const run = now.run ?? old.run;
    facts.push({ type: 'AppStateChanged', from: old.state, to: now.state, run: run?.id ?? null });
  }
  const changes = isListed(before) ? changesBetween(old, now) : [];
  if (changes.length > 0) facts.push({ type: 'AppUpdated', changes });
  return facts;
}

/** Whether the app's access to this API can have changed. */
export function isAccessChanged(old: AppView, now: AppView): boolean {
  return old.requestedRole !== now.requestedRole || old.grantedRole !== now.grantedRole;
}
