import type { OpenStream } from '../../schema/context.ts';
import type { MetricsSource } from './metrics-of-apps.ts';
import type { MetricsText } from './metrics-text.ts';

export interface Metrics {
  /** The text that Prometheus reads, and its content type. */
  text(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** From now on, apps and restarts are counted, too. */
  watch(parts: Omit<MetricsSource, 'since'>): void;
  /** Counts an open stream. Call the returned function when it has ended. */
  streamOpened(stream: OpenStream): () => void;
}

/** Metrics that are computed when they are requested. Their library is loaded by the first request, because most servers get none. */
export function createMetrics(version: string): Metrics {
  const streams = new Set<OpenStream>();
  let source: MetricsSource | null = null;
  let made: Promise<MetricsText> | null = null;

  return {
    async text() {
      made ??= import('./metrics-text.ts').then(({ createMetricsText }) => createMetricsText(version));
      return (await made).text(streams, source);
    },
    watch(parts) {
      source = { ...parts, since: parts.events.last() };
    },
    streamOpened(stream) {
      streams.add(stream);
      return () => void streams.delete(stream);
    },
  };
}
