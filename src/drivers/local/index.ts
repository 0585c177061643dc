// The driver for apps on this machine: it installs, spawns, watches and ends their processes, and finds them again after a
// restart of the control plane. It decides nothing: when an app runs, and what follows its end, is the supervisor's.
// Everything that touches a process of an app is here; the rest of the program knows `Driver` only.

export { createLocalDriver, type LocalDriverOptions } from './driver.ts';
