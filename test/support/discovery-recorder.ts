import type { AppObservation, AppsDirStatus, DiscoveryObserver } from '../../src/contracts/discovery.ts';

/** Takes what discovery tells, and lets a test wait for it. */
export interface DiscoveryRecorder extends DiscoveryObserver {
  /** In order: `seen app`, `invalid app`, `gone app`, `APPS_DIR ok`, `APPS_DIR missing`. */
  readonly told: string[];
  /** As told last; undefined for one that is gone. */
  app(name: string): AppObservation | undefined;
  /** Why the app is INVALID; null where it is not, undefined where it is not there. */
  error(name: string): string | null | undefined;
  status(): AppsDirStatus | null;
  /** Resolves as soon as it is so: looked at now, and after each thing told. */
  when(what: string, predicate: () => boolean): Promise<void>;
}

const DEADLINE = 15_000;

export function AppDiscoveryRecorder(): DiscoveryRecorder {
  const told: string[] = [];
  const apps = new Map<string, AppObservation>();
  const waiting = new Set<() => void>();
  let status: AppsDirStatus | null = null;

  function tell(what: string): void {
    told.push(what);
    for (const check of waiting) check();
  }

  return {
    told,
    app: (name) => apps.get(name),
    error(name) {
      const manifest = apps.get(name)?.manifest;
      return manifest?.ok === true ? null : manifest?.error;
    },
    status: () => status,
    when: (what, predicate) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`Not told: ${what}. Told: ${told.join(', ')}`));
        }, DEADLINE);
        const check = (): void => {
          if (!predicate()) return;
          waiting.delete(check);
          clearTimeout(timer);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    seen(observation) {
      apps.set(observation.name, observation);
      tell(`${observation.manifest.ok ? 'seen' : 'invalid'} ${observation.name}`);
    },
    gone(name) {
      apps.delete(name);
      tell(`gone ${name}`);
    },
    appsDir(found) {
      status = found;
      tell(`APPS_DIR ${found.ok ? 'ok' : 'missing'}`);
    },
  };
}
