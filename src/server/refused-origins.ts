import type { Logger } from '../contracts/logger.ts';

/** More origins are not logged: a page can be served from as many as its owner wants. */
const MOST = 50;
const LONGEST = 200;

/** Logs an origin whose pages were refused, with the setting that allows it. Each origin once. */
export function createRefusedOrigins(log: Pick<Logger, 'warn'>, allowed: readonly string[]) {
  const logged = new Set<string>();
  return (origin: string): void => {
    // A page without an origin of its own (`null`) cannot be allowed.
    if (!/^https?:\/\/[^\s,]+$/.test(origin) || origin.length > LONGEST) return;
    if (logged.has(origin) || logged.size >= MOST) return;
    logged.add(origin);
    const setting = `TOEHOLD_ALLOWED_ORIGINS=${[...allowed, origin].join(',')}`;
    log.warn(
      { origin },
      `A page of another origin was refused. If the page is yours and you trust it, set ${setting}`,
    );
  };
}
