import { setTimeout } from 'node:timers/promises';
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { OpenStream } from '../../schema/context.ts';
import type { EventReader, Supervisor } from '../contracts/supervisor.ts';
import { type AppState, isDown } from '../core/app.ts';
import { nextTurn } from '../host/event-loop.ts';
import { createAppMetrics, type MetricsSource } from './metrics-of-apps.ts';

const STATES: readonly AppState[] = ['INVALID', 'STOPPED', 'STARTING', 'RUNNING', 'STOPPING', 'BACKOFF'];
/** The fields of `Subscription`. */
const FIELDS: readonly OpenStream['field'][] = ['logs', 'events'];
/** How many events one turn of the event loop counts. */
const PAGE = 500;
/** The delay of the event loop is measured more often than this, in milliseconds. */
const MEASUREMENT = 25;

export interface MetricsText {
  /** @param streams those that are open */
  text(
    streams: ReadonlySet<OpenStream>,
    source: MetricsSource | null,
  ): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Metrics in their own registry. */
export function createMetricsText(version: string): MetricsText {
  const registry = new Registry();
  const registers = [registry];
  new Gauge({
    name: 'toehold_info',
    help: 'Always 1. The label has the version.',
    labelNames: ['version'],
    registers,
  })
    .labels(version)
    .set(1);
  const apps = new Gauge({
    name: 'toehold_apps',
    help: 'Listed apps, by state.',
    labelNames: ['state'],
    registers,
  });
  const down = new Gauge({
    name: 'toehold_app_down',
    help: 'Always 1 for each app that should run and does not, by app and state.',
    labelNames: ['app', 'state'],
    registers,
  });
  const restarts = new Counter({
    name: 'toehold_app_restarts_total',
    help: 'Restarts after runs that ended without being asked to, by app, since the server started.',
    labelNames: ['app'],
    registers,
  });
  const subscriptions = new Gauge({
    name: 'toehold_subscriptions',
    help: 'Open subscriptions, by field.',
    labelNames: ['field'],
    registers,
  });

  const appMetrics = createAppMetrics(registers);
  let counted: number | null = null;
  // Not before the first request: measuring takes a timer, which keeps an idle machine awake.
  collectDefaultMetrics({ register: registry });
  // Without a measurement, the delays would be NaN. If the event loop stood still, its first turn only begins to measure.
  const measured = setTimeout(MEASUREMENT).then(() => setTimeout(MEASUREMENT));

  function countApps(supervisor: Supervisor): void {
    const byState = new Map(STATES.map((state) => [state, 0]));
    const listed = supervisor.apps();
    for (const { state } of listed) byState.set(state, (byState.get(state) ?? 0) + 1);
    for (const [state, count] of byState) apps.labels(state).set(count);
    down.reset();
    for (const { name, state } of listed.filter(isDown)) down.labels(name, state).set(1);
  }

  async function countRestarts(events: EventReader, since: number): Promise<void> {
    counted ??= since;
    for (;;) {
      const page = events.page({ apps: null, after: counted, before: null, limit: PAGE, forward: true });
      for (const { seq, fact, app } of page.events) {
        counted = seq;
        if (fact.type === 'RestartScheduled') restarts.labels(app?.name ?? '').inc();
        // No app has this name any more, so its series ends.
        if (fact.type === 'AppRemoved') restarts.remove(app?.name ?? '');
        if (fact.type === 'AppRenamed') restarts.remove(fact.previousName);
      }
      if (!page.hasNext) return;
      await nextTurn();
    }
  }

  return {
    async text(streams, source) {
      await measured;
      for (const name of FIELDS)
        subscriptions.labels(name).set([...streams].filter(({ field }) => field === name).length);
      if (source) {
        countApps(source.supervisor);
        await countRestarts(source.events, source.since);
        for (const { name } of source.supervisor.apps()) restarts.labels(name).inc(0);
        await appMetrics.measure(source, streams);
      }
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
