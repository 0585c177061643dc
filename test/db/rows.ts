import type { TokenRecord } from '../../src/contracts/access.ts';
import type { Mark } from '../../src/contracts/marks.ts';
import type { AppRecord } from '../../src/contracts/stores.ts';
import type { NewAuditEntry } from '../../src/core/access.ts';
import type { NewEvent } from '../../src/core/events.ts';
import { DEFAULT_HEALTH } from '../../src/core/health-check.ts';
import type { Lifecycle } from '../../src/core/lifecycle.ts';
import type { Run } from '../../src/core/run.ts';

// Plain rows, for tests that are about something else in them.

export const LIFECYCLE: Lifecycle = {
  desired: 'RUNNING',
  attempts: 2,
  invalid: null,
  present: true,
  error: 'Nothing listens on port 3001 (PORT)',
  hold: null,
  phase: { kind: 'BACKOFF', attempt: 2, dueAt: 9_000, cause: 'CRASH' },
};

export function anApp(name: string, change: Partial<AppRecord> = {}): Omit<AppRecord, 'id'> {
  return {
    name,
    identity: '8:1:4711',
    createdAt: 1_000,
    revision: 1,
    missingSince: null,
    manifest: {
      script: 'node server.js',
      icon: '🦆',
      tool: true,
      health: DEFAULT_HEALTH,
      restart: 'ON_FAILURE',
      startupTimeout: null,
      install: true,
      servesPort: true,
      api: 'viewer',
      warnings: ['"toes.port" is a string'],
    },
    release: '20300101-000000',
    directory: `/apps/${name}/20300101-000000`,
    directoryIdentity: null,
    intent: null,
    granted: null,
    lifecycle: LIFECYCLE,
    ...change,
  };
}

export function aRun(id: number, app: number, change: Partial<Run> = {}): Run {
  return {
    id,
    app,
    phase: 'READY',
    cause: 'COMMAND',
    actor: 'local',
    release: '20300101-000000',
    port: 3001,
    pid: 4711,
    handle: { driver: 'local', version: 1, data: { pid: 4710, bootId: 'b' } },
    startedAt: 1_000,
    readyAt: 2_000,
    endedAt: null,
    exit: null,
    recoveries: 0,
    ...change,
  };
}

export function anEndedRun(id: number, app: number): Run {
  const exit = { code: 143, signal: 'SIGTERM', reason: 'STOPPED', at: 3_000 } as const;
  return aRun(id, app, { phase: 'ENDED', pid: null, endedAt: 3_001, exit });
}

export function anEvent(app: number | null, change: Partial<NewEvent> = {}): NewEvent {
  return {
    at: 1_000,
    actor: 'local',
    fact: app === null ? { type: 'SupervisorStopping', detached: false } : { type: 'AppAdded' },
    app: app === null ? null : { id: app, name: `app-${app}` },
    ...change,
  };
}

export function aMark(app: number, change: Partial<Omit<Mark, 'seq'>> = {}): Omit<Mark, 'seq'> {
  return {
    app,
    run: app * 10,
    stream: 'STDOUT',
    generation: 0,
    from: 0,
    to: 12,
    at: 1_000,
    tail: Buffer.from('hello world\n'),
    ...change,
  };
}

export function aToken(id: string, change: Partial<TokenRecord> = {}): TokenRecord {
  return {
    id,
    name: 'first',
    kind: 'TOKEN',
    role: 'ADMIN',
    hash: Buffer.alloc(32, id),
    parent: null,
    run: null,
    createdAt: 1_000,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    keyThumbprint: null,
    ...change,
  };
}

export function anAuditEntry(change: Partial<NewAuditEntry> = {}): NewAuditEntry {
  return {
    at: 1_000,
    actor: 'first',
    token: 'aaaaaaaaaa',
    role: 'ADMIN',
    action: 'startApp',
    input: '{"app":{"name":"blog"}}',
    ...change,
  };
}
