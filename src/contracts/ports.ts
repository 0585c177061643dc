import type { PortHolder } from '../core/errors.ts';

/** Looks at the system's TCP ports. @throws the system's error where it cannot look */
export interface PortProbe {
  /** Whether a server could bind the port now, on every address. */
  canBind(port: number): Promise<boolean>;
  /** Who listens on each of these ports now. A port without a listener is not in the map. */
  holders(ports: readonly number[]): Promise<ReadonlyMap<number, PortHolder>>;
}

/** Result of one health check request. */
export type ProbeResult =
  | { readonly ok: true }
  /** `status` is the HTTP status, null where no answer came. `reason` is a sentence for a person. */
  | { readonly ok: false; readonly status: number | null; readonly reason: string };

/** Where a health check sends its request. */
export interface ProbeTarget {
  /** The local address to connect to, for the first request and every redirect. */
  readonly address: string;
  readonly port: number;
  /** With the query, as in a URL. */
  readonly path: string;
  readonly userAgent: string;
}

/**
 * Sends the health check's GET for `localhost:<port>` to the target's address. It follows redirects within that host
 * and port only. 2xx passes.
 */
export interface Prober {
  /** Never rejects. */
  probe(target: ProbeTarget, timeoutMs: number): Promise<ProbeResult>;
}
