import type { PortHolder } from '../core/errors.ts';

/** What the system tells of TCP ports. */
export interface PortProbe {
  /** Whether a server could bind the port now, on every address. */
  canBind(port: number): Promise<boolean>;
  /** Who listens on each of these ports now; a port that nobody listens on is not in the map. */
  holders(ports: readonly number[]): Promise<ReadonlyMap<number, PortHolder>>;
}

export type ProbeResult =
  | { readonly ok: true }
  /** `status` is null where no answer came. `reason` is for a person. */
  | { readonly ok: false; readonly status: number | null; readonly reason: string };

/** What a health check asks. */
export interface ProbeTarget {
  /** The local address that is connected to; every request goes there. */
  readonly address: string;
  readonly port: number;
  /** With the query, as it stands in a URL. */
  readonly path: string;
}

/**
 * The health check's GET: it asks for `localhost:<port>` at that address, follows redirects within that host and port
 * alone, and 2xx passes.
 */
export interface Prober {
  probe(target: ProbeTarget, timeoutMs: number): Promise<ProbeResult>;
}
