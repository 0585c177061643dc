import type { GraphQLObjectType } from 'graphql';
import { beforeEach, describe, expect, it } from 'vitest';
import { schema } from '../../../schema/index.ts';
import type { AppObservation } from '../../../src/contracts/discovery.ts';
import { DEFAULT_HEALTH } from '../../../src/core/health-check.ts';
import { type ControlPlane, startControlPlane } from '../../support/control-plane.ts';
import { MANIFEST } from '../../support/scripted-files.ts';
import { until } from '../../support/until.ts';

let plane: ControlPlane;
beforeEach(async () => {
  plane = await startControlPlane({ times: { restartDelays: [60_000], stopGrace: 60_000 } });
});

const BROKEN = { manifest: { ok: false, error: 'Missing package.json' } } as const;

function withManifest(change: Partial<typeof MANIFEST>): Partial<AppObservation> {
  return { manifest: { ok: true, manifest: { ...MANIFEST, ...change } } };
}

/** The names in the schema where they differ. */
const RENAMED: Readonly<Record<string, string>> = { servesPort: 'port' };

describe('App.manifest', () => {
  it('has every setting that is read', () => {
    const fieldsOf = (type: string) => Object.keys((schema.getType(type) as GraphQLObjectType).getFields());
    const lacking = (type: string, settings: object) =>
      Object.keys(settings).filter((name) =>
        fieldsOf(type).every((field) => !field.startsWith(RENAMED[name] ?? name)),
      );
    const { warnings: _, ...settings } = MANIFEST;
    expect(lacking('AppManifest', settings)).toEqual([]);
    expect(lacking('HealthCheckSettings', DEFAULT_HEALTH)).toEqual([]);
  });

  const query = `{ app(by: { name: "alpha" }) { directory script manifest {
    script icon tool toolLabel install port restart api startupTimeoutSeconds
    health { path intervalSeconds timeoutSeconds failures startPeriodSeconds userAgent }
  } } }`;

  it('has what was read from package.json, in the types of this schema', async () => {
    plane.folders.put('alpha', withManifest({}));
    const appsDir = plane.control.supervisor.info.appsDir;
    const health = { path: null, intervalSeconds: null, timeoutSeconds: null, failures: null };
    const plain = {
      script: 'node server.js',
      icon: null,
      tool: false,
      toolLabel: null,
      api: null,
      startupTimeoutSeconds: null,
    };
    expect(await plane.data(query)).toEqual({
      app: {
        ...{ directory: `${appsDir}/alpha`, script: 'node server.js' },
        manifest: {
          ...{ ...plain, install: true, port: true, restart: 'ON_FAILURE' },
          health: { ...health, startPeriodSeconds: null, userAgent: null },
        },
      },
    });
    const set = {
      path: '/up',
      interval: 1_500,
      timeout: 250,
      failures: 5,
      startPeriod: 60_000,
      userAgent: 'up 1',
    };
    const worker = {
      startupTimeout: 90_000,
      install: false,
      servesPort: false,
      restart: 'NEVER',
      api: 'operator',
    } as const;
    plane.folders.put('alpha', withManifest({ script: 'exec ./run', tool: 'Tools', health: set, ...worker }));
    expect(await plane.data(query)).toMatchObject({
      app: {
        script: 'exec ./run',
        manifest: {
          ...{ tool: true, toolLabel: 'Tools', install: false, port: false, restart: 'NEVER' },
          ...{ api: 'OPERATOR', startupTimeoutSeconds: 90 },
          health: {
            ...{ path: '/up', intervalSeconds: 1.5, timeoutSeconds: 0.25, failures: 5 },
            ...{ startPeriodSeconds: 60, userAgent: 'up 1' },
          },
        },
      },
    });
    plane.folders.put('alpha', withManifest({ tool: true, health: false }));
    expect(await plane.data(query)).toMatchObject({
      app: { manifest: { tool: true, toolLabel: null, health: null } },
    });
  });

  it('is the last valid one, and null where there was none', async () => {
    plane.folders.put('alpha', BROKEN);
    expect(await plane.data(query)).toMatchObject({ app: { script: null, manifest: null } });
    plane.folders.put('alpha', withManifest({}));
    plane.folders.put('alpha', BROKEN);
    expect(await plane.data(query)).toMatchObject({ app: { manifest: { script: 'node server.js' } } });
  });
});

describe('Run.release', () => {
  const runs =
    '{ app(by: { name: "alpha" }) { state runs { nodes { release { name createdAt current } } } } }';
  const RELEASE = '20260101-101500';

  async function released(release: string | null) {
    plane.folders.put('alpha', { release, ...withManifest({}) });
    await until(() => plane.control.supervisor.app({ name: 'alpha' })?.run?.release === release, 'runs it');
  }

  it('is the release that the run ran, and says whether it is the current one', async () => {
    plane.driver.behave('*', { start: 'listens', stop: 'ends' });
    await released(RELEASE);
    const release = { name: RELEASE, createdAt: '2026-01-01T10:15:00.000Z' };
    expect(await plane.data(runs)).toMatchObject({
      app: { runs: { nodes: [{ release: { ...release, current: true } }] } },
    });
    // The old directory no longer exists here: `current` is the only one that these files know.
    await released('20260102-000000');
    expect(await plane.data(runs)).toMatchObject({
      app: {
        runs: {
          nodes: [
            { release: { name: '20260102-000000', current: true } },
            { release: { ...release, current: false } },
          ],
        },
      },
    });
  });

  it('is null for a plain directory', async () => {
    await plane.addApp('alpha');
    expect(await plane.data(runs)).toMatchObject({ app: { runs: { nodes: [{ release: null }] } } });
  });
});
