import { Counter, Gauge, type Registry } from 'prom-client';
import type { OpenStream } from '../../schema/context.ts';
import type { Clock } from '../contracts/clock.ts';
import type { LogReader } from '../contracts/logs.ts';
import type { AppView, EventReader, Supervisor } from '../contracts/supervisor.ts';
import { nextTurn } from '../host/event-loop.ts';

/** How many apps are measured at the same time. Each is measured for a quarter of a second. */
const AT_ONCE = 50;

/** What the metrics are computed of when they are requested. */
export interface MetricsSource {
  readonly supervisor: Supervisor;
  readonly events: EventReader;
  readonly logs: Pick<LogReader, 'bytes'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** The last event that is not counted. */
  readonly since: number;
}

interface AppMetrics {
  /** Measures each listed app anew: an app that was removed or renamed has no series of its old name any more. */
  measure(source: MetricsSource, streams: ReadonlySet<OpenStream>): Promise<void>;
}

/** The metrics with a label for the app. */
export function createAppMetrics(registers: Registry[]): AppMetrics {
  const gauge = <Label extends string>(name: string, help: string, ...more: Label[]) =>
    new Gauge({ name, help, labelNames: ['app', ...more], registers });
  const up = gauge('toehold_app_up', '1 if the app is RUNNING, else 0.');
  const state = gauge('toehold_app_state', 'Always 1. The label has the state of the app.', 'state');
  const health = gauge('toehold_app_health', 'Always 1. The label has the health of the app.', 'health');
  const cpu = new Counter({
    name: 'toehold_app_cpu_seconds_total',
    help: 'Processor time of the current run with all of its processes, in seconds.',
    ...{ labelNames: ['app'], registers },
  });
  const memory = gauge('toehold_app_memory_bytes', 'Resident memory of all processes of the app, in bytes.');
  const processes = gauge('toehold_app_processes', 'Living processes of the app.');
  const logBytes = gauge('toehold_app_log_bytes', 'What the log of the app takes on the disk, in bytes.');
  const followers = gauge('toehold_app_streams', 'Open streams of lines or events that name the app.');
  const lag = gauge(
    'toehold_app_stream_lag_seconds',
    'For how long the slowest of these streams has not taken everything, in seconds. 0 if all have.',
  );
  const all = [up, state, health, cpu, memory, processes, logBytes, followers, lag];

  /** What the supervisor and the logs know at once. */
  function setKnown(app: AppView, { logs }: MetricsSource): void {
    up.labels(app.name).set(app.state === 'RUNNING' ? 1 : 0);
    state.labels(app.name, app.state).set(1);
    health.labels(app.name, app.health).set(1);
    logBytes.labels(app.name).set(logs.bytes(app.id));
  }

  function setStreams(app: AppView, streams: readonly OpenStream[], now: number): void {
    const own = streams.filter(({ apps }) => apps?.includes(app.id));
    const behind = own.map((stream) => now - (stream.behindSince() ?? now));
    followers.labels(app.name).set(own.length);
    lag.labels(app.name).set(Math.max(0, ...behind) / 1_000);
  }

  return {
    async measure(source, streams) {
      const { supervisor, clock } = source;
      const apps = supervisor.apps();
      const usages: Awaited<ReturnType<typeof supervisor.usage>>[] = [];
      for (let at = 0; at < apps.length; at += AT_ONCE) {
        const some = apps.slice(at, at + AT_ONCE);
        usages.push(...(await Promise.all(some.map(({ id }) => supervisor.usage(id)))));
        await nextTurn();
      }
      // From here on nothing waits, so that two requests at the same time do not mix.
      for (const metric of all) metric.reset();
      const named = [...streams].filter(({ apps: followed }) => followed !== null);
      const now = clock.monotonic();
      for (const [index, { id }] of apps.entries()) {
        // As it is now: it may have been changed or removed while its usage was measured.
        const app = supervisor.app({ id });
        if (!app) continue;
        setKnown(app, source);
        setStreams(app, named, now);
        const usage = usages[index];
        processes.labels(app.name).set(usage?.processes ?? 0);
        memory.labels(app.name).set(usage?.memoryBytes ?? 0);
        if (usage) cpu.labels(app.name).inc(usage.cpuSeconds);
      }
    },
  };
}
