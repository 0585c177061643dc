import type { AppView } from '../contracts/supervisor.ts';
import type { AppChange, AppField } from '../core/events.ts';
import type { Manifest } from '../core/manifest.ts';
import { cutTo } from '../core/texts.ts';

/** A longer value is cut in the event. In characters. */
const LONGEST_VALUE = 1_000;

/** The fields with an entry of their own, in the order of an event, and their values as text. */
const VALUES: Readonly<Record<Exclude<AppField, 'MANIFEST'>, (app: AppView) => string | null>> = {
  ICON: ({ icon }) => icon,
  TOOL: ({ tool }) => tool,
  ERROR: ({ error }) => error,
  HEALTH: ({ health }) => health,
  RELEASE: ({ release }) => release,
  DESIRED_STATE: ({ desiredState }) => desiredState,
  RESTART_POLICY: ({ restartPolicy }) => restartPolicy,
  WARNINGS: ({ warnings }) => (warnings.length === 0 ? null : warnings.join('\n')),
  REQUESTED_ROLE: ({ requestedRole }) => requestedRole,
  GRANTED_ROLE: ({ grantedRole }) => grantedRole,
  SCRIPT: ({ manifest }) => manifest?.script ?? null,
};

/** The settings of a manifest that other fields report. */
const REPORTED_ELSEWHERE: ReadonlySet<string> = new Set<keyof Manifest>([
  'script',
  'icon',
  'tool',
  'restart',
  'api',
  'warnings',
]);

/** What differs between two views of an app that no other event tells. */
export function changesBetween(old: AppView, now: AppView): AppChange[] {
  const changes: AppChange[] = [];
  for (const [field, value] of Object.entries(VALUES) as [AppField, (app: AppView) => string | null][]) {
    const [before, after] = [value(old), value(now)];
    if (before !== after) changes.push({ field, before: cut(before), after: cut(after) });
  }
  return [...changes, ...otherSettings(old.manifest, now.manifest)];
}

/** The settings of package.json without an entry above, as the JSON text of those that changed. */
function otherSettings(old: Manifest | null, now: Manifest | null): AppChange[] {
  if (old === now) return [];
  const [before, after] = [settingsOf(old), settingsOf(now)];
  const names = new Set([...before.keys(), ...after.keys()]);
  const changed = [...names].filter((name) => before.get(name) !== after.get(name));
  if (changed.length === 0) return [];
  return [{ field: 'MANIFEST', before: textOf(before, changed), after: textOf(after, changed) }];
}

function settingsOf(manifest: Manifest | null): ReadonlyMap<string, string> {
  // A setting that an earlier version did not write is as one that the manifest does not name.
  const settings = Object.entries(manifest ?? {}).filter(
    ([name, value]) => value !== null && !REPORTED_ELSEWHERE.has(name),
  );
  return new Map(settings.map(([name, value]) => [name, JSON.stringify(value)]));
}

function textOf(settings: ReadonlyMap<string, string>, names: readonly string[]): string | null {
  const members = names.flatMap((name) => {
    const value = settings.get(name);
    return value === undefined ? [] : [`${JSON.stringify(name)}:${value}`];
  });
  return members.length === 0 ? null : cut(`{${members.join(',')}}`);
}

function cut<Text extends string | null>(text: Text): Text | string {
  return text === null ? text : cutTo(LONGEST_VALUE, text);
}
