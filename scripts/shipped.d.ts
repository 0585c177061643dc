import type { LockedPackage } from './packages.ts';

// The types of shipped.js, which the build runs before anything can compile TypeScript.
export function shippedPlaces(
  locked: Readonly<Record<string, LockedPackage>>,
  bundled: readonly string[],
): Set<string>;
