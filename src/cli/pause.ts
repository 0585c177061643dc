/** Resolves after a time in milliseconds. Not that of `node:timers/promises`, which takes time to load. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
