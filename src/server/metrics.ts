import type { EventReader, Supervisor } from '../contracts/supervisor.ts';
import type { MetricsSource, MetricsText } from './metrics-text.ts';

export interface Metrics {
  /** The text that Prometheus reads, and its content type. */
  text(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** From now on, apps and restarts are counted, too. */
  watch(supervisor: Supervisor, events: EventReader): void;
  /** Counts an open stream. Call the returned function when it has ended. */
  streamOpened(field: string): () => void;
}

/** Metrics that are computed when they are requested. Their library is loaded by the first request, because most servers get none. */
export function createMetrics(version: string): Metrics {
  const streams = new Map<string, number>();
  let source: MetricsSource | null = null;
  let made: Promise<MetricsText> | null = null;

  function add(field: string, count: number): void {
    streams.set(field, (streams.get(field) ?? 0) + count);
  }

  return {
    async text() {
      made ??= import('./metrics-text.ts').then(({ createMetricsText }) => createMetricsText(version));
      return (await made).text(streams, source);
    },
    watch(supervisor, events) {
      source = { supervisor, events, since: events.last() };
    },
    streamOpened(field) {
      add(field, 1);
      return () => add(field, -1);
    },
  };
}
