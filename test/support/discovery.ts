import { onTestFinished } from 'vitest';
import type { Clock } from '../../src/contracts/clock.ts';
import type { ExpectedApp } from '../../src/contracts/discovery.ts';
import { AppDiscovery, type RescannableDiscovery } from '../../src/discovery/index.ts';
import { createSystemClock } from '../../src/drivers/system-clock.ts';
import { AppDiscoveryRecorder, type DiscoveryRecorder } from './discovery-recorder.ts';

export interface RunningDiscovery {
  readonly discovery: RescannableDiscovery;
  readonly recorder: DiscoveryRecorder;
  readonly warnings: string[];
}

const HOUR = 3_600_000;

/**
 * A started discovery, which ends with the test. By default on the machine's clock, with a rescan so far
 * off that everything found is found by watching.
 */
export async function runDiscovery(
  appsDir: string,
  options: {
    readonly clock?: Clock;
    readonly allowOutside?: boolean;
    readonly settle?: number;
    readonly expected?: readonly ExpectedApp[];
  } = {},
): Promise<RunningDiscovery> {
  const { clock = createSystemClock(), allowOutside = false, settle = 30 } = options;
  const recorder = AppDiscoveryRecorder();
  const warnings: string[] = [];
  const discovery = new AppDiscovery({
    appsDir,
    allowOutside,
    clock,
    times: { watchSettle: settle, rescanInterval: options.clock ? 30_000 : HOUR, goneAfter: 2_000 },
    warn: (message) => warnings.push(message),
  });
  onTestFinished(() => discovery.close());
  await discovery.start(recorder, options.expected);
  return { discovery, recorder, warnings };
}
