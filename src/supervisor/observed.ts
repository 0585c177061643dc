import type { AppObservation } from '../contracts/discovery.ts';
import type { AppRecord } from '../contracts/stores.ts';
import { isSameFile } from '../core/file-identity.ts';
import type { EventOf } from '../core/lifecycle-events.ts';
import type { Manifest } from '../core/manifest.ts';
import type { RecordPatch } from './runner.ts';

/** What one look at an app's directory says to its lifecycle. @param cause of a start that follows from it */
export function observedEvent(
  record: AppRecord,
  observation: AppObservation,
  cause: EventOf<'OBSERVED'>['cause'],
): EventOf<'OBSERVED'> {
  const { manifest } = observation;
  return {
    type: 'OBSERVED',
    invalid: manifest.ok ? null : manifest.error,
    releaseChanged: isAnotherDirectory(record, observation),
    cause,
  };
}

/** What it changes in the app's record besides. */
export function observedPatch(before: AppRecord, observation: AppObservation): RecordPatch {
  const { identity, manifest, release, directory, directoryIdentity, lostTarget } = observation;
  return {
    identity,
    release,
    missingSince: null,
    // An app whose manifest has become invalid keeps its icon, and a run stays in the directory of the last valid look.
    ...(manifest.ok ? { manifest: manifest.manifest, directory, directoryIdentity } : {}),
    ...(lostTarget !== null && before.manifest ? { manifest: withLost(before.manifest, lostTarget) } : {}),
  };
}

/** By identity: a path may lead to another directory than before, and a directory may have another path. */
function isAnotherDirectory(before: AppRecord, now: AppObservation): boolean {
  if (before.directory === null) return false;
  if (before.directoryIdentity === null || now.directoryIdentity === null)
    return before.directory !== now.directory;
  return !isSameFile(before.directoryIdentity, now.directoryIdentity);
}

/** The app's error says only that package.json is missing. The warning names what was removed. */
function withLost(manifest: Manifest, target: string): Manifest {
  const warning = `current leads to ${target}, which is not there: it was removed under the app. Point current to another release`;
  return { ...manifest, warnings: [warning] };
}
