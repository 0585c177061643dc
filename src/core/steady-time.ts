/** How fast steady time follows a wall clock that is ahead: by a day in an hour. */
const CATCH_UP = 24;

/**
 * The next steady time. It grows by the time that has passed. It never goes back, and where the wall clock is ahead
 * it follows no faster than a day in an hour: a clock that is wrong for a minute takes it no more than 24 minutes ahead.
 * @param time the last one; this and `wall` in milliseconds since the epoch.
 * @param elapsed what has passed since then by a clock that only grows, in milliseconds.
 */
export function nextSteadyTime(time: number, elapsed: number, wall: number): number {
  const lived = time + Math.max(0, elapsed);
  return wall <= lived ? lived : Math.min(wall, time + Math.max(0, elapsed) * CATCH_UP);
}
