// Prints the machine's monotonic clock, in nanoseconds, every 10 ms, so many times.
import { writeSync } from 'node:fs';

let left = Number(process.argv[2]);
const timer = setInterval(() => {
  writeSync(1, `${process.hrtime.bigint()}\n`);
  if (--left === 0) clearInterval(timer);
}, 10);
