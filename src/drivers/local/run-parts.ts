import type { Clock } from '../../contracts/clock.ts';
import type { InstallStore } from '../../contracts/stores.ts';
import type { AppUser } from '../../host/app-user.ts';
import type { RunGroups } from './control-groups.ts';
import type { EndWatch } from './end-watch.ts';
import type { AppVariables } from './environment.ts';
import type { InstallQueue } from './install-queue.ts';
import type { Members } from './members.ts';
import type { Outbox } from './outbox.ts';
import type { Platform } from './platform.ts';
import type { Readiness } from './readiness.ts';
import type { RunSockets } from './run-sockets.ts';
import type { StatusReader } from './status.ts';

/** What all runs of a driver share. */
export interface RunParts {
  readonly clock: Clock;
  readonly platform: Platform;
  readonly members: Members;
  /** Null where no run has a cgroup of its own. */
  readonly groups: RunGroups | null;
  readonly endWatch: EndWatch;
  readonly readiness: Readiness;
  readonly status: StatusReader;
  readonly runSockets: RunSockets;
  readonly outbox: Outbox;
  readonly installs: InstallStore;
  readonly installQueue: InstallQueue;
  /** The host's variables, as apps and as installations may see them. */
  readonly appEnvironment: AppVariables;
  readonly installEnvironment: AppVariables;
  /** As whom scripts and installations run; null: as the user of this process. */
  readonly user: AppUser | null;
  readonly uid: number | null;
  readonly allowOutside: boolean;
}
