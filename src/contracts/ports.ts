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

/** The health check's GET: redirects followed, 2xx passes. */
export interface Prober {
  probe(url: string, timeoutMs: number): Promise<ProbeResult>;
}
