import fc from 'fast-check';
import type { CommandOptions } from '../../src/contracts/supervisor.ts';
import type { Stage } from '../support/stage.ts';

export const NAMES = ['amber', 'birch', 'cedar'];

/** One thing that may happen, and how to make it happen. */
export interface Deed {
  readonly title: string;
  readonly act: (stage: Stage) => unknown;
}

const OPTIONS: CommandOptions = { actor: 'ben' };
const name = fc.constantFrom(...NAMES);
const port = fc.integer({ min: 3001, max: 3003 });

/** A counterexample then reads as a story: its titles. */
function deed(title: string, act: Deed['act']): Deed {
  return Object.assign(Object.create({ [fc.toStringMethod]: () => title }), { title, act });
}

const commands = fc.oneof(
  name.map((app) =>
    deed(`start ${app}`, ({ control }) => void control.supervisor.start({ name: app }, OPTIONS)),
  ),
  name.map((app) =>
    deed(`stop ${app}`, ({ control }) => void control.supervisor.stop({ name: app }, OPTIONS)),
  ),
  name.map((app) =>
    deed(`restart ${app}`, ({ control }) => void control.supervisor.restart({ name: app }, OPTIONS)),
  ),
  name.map((app) =>
    deed(`remove ${app}`, ({ control }) => void control.supervisor.remove({ name: app }, OPTIONS)),
  ),
  fc
    .tuple(name, name)
    .map(([app, to]) =>
      deed(
        `rename ${app} to ${to}`,
        ({ control }) => void control.supervisor.rename({ name: app }, to, OPTIONS),
      ),
    ),
  fc
    .tuple(name, fc.constantFrom('20260101-000000', '20260102-000000'))
    .map(([app, release]) =>
      deed(
        `activate ${release} of ${app}`,
        ({ control }) => void control.supervisor.activateRelease({ name: app }, release, OPTIONS),
      ),
    ),
  fc
    .tuple(name, port)
    .map(([app, to]) =>
      deed(
        `assign ${to} to ${app}`,
        ({ control }) => void control.supervisor.assignPort({ name: app }, to, OPTIONS),
      ),
    ),
);

const files = fc.oneof(
  name.map((app) => deed(`make ${app}`, ({ folders }) => folders.put(app))),
  name.map((app) =>
    deed(`break ${app}`, ({ folders }) =>
      folders.put(app, { manifest: { ok: false, error: 'Missing package.json' } }),
    ),
  ),
  name.map((app) => deed(`rm ${app}`, ({ folders }) => folders.take(app))),
  fc.tuple(name, name).map(([from, to]) =>
    deed(`mv ${from} ${to}`, ({ folders }) => {
      if (folders.names().includes(from) && !folders.names().includes(to)) folders.move(from, to);
    }),
  ),
);

const world = fc.oneof(
  port.map((taken) =>
    deed(`somebody takes ${taken}`, ({ foreign, driver }) => {
      if (!driver.live().some((run) => run.spec.port === taken))
        foreign.set(taken, { pid: 1, command: 'nc' });
    }),
  ),
  fc.constant(deed('everybody lets go of their ports', ({ foreign }) => foreign.clear())),
  fc
    .constantFrom('listens', 'silent', 'manual')
    .map((start) => deed(`starts: ${start}`, ({ driver }) => driver.behave('*', { start }))),
  fc
    .constantFrom(0, 1)
    .map((exits) => deed(`starts: exit ${exits}`, ({ driver }) => driver.behave('*', { start: { exits } }))),
  fc
    .constantFrom('ignores', 'leaves', 'ends')
    .map((stop) => deed(`SIGTERM: ${stop}`, ({ driver }) => driver.behave('*', { stop }))),
  fc
    .constantFrom('hangs' as const, 'installs' as const, { fails: 'npm ci failed' })
    .map((prepare) =>
      deed(`installs: ${JSON.stringify(prepare)}`, ({ driver }) => driver.behave('*', { prepare })),
    ),
  fc.constantFrom(0, 1, null).map((code) =>
    deed(`an app exits with ${code}`, ({ driver }) => {
      const run = driver.live()[0];
      if (run) driver.tell(run.spec.run, { type: 'ENDED', code, signal: null });
    }),
  ),
  fc.boolean().map((ok) =>
    deed(`health checks ${ok ? 'pass' : 'fail'}`, (stage) => {
      stage.health = ok ? { ok } : { ok, status: 500, reason: 'GET / answered 500' };
    }),
  ),
);

const time = fc.oneof(
  fc
    .constantFrom(1, 999, 2_000, 10_000, 31_000, 61_000)
    .map((ms) => deed(`${ms} ms pass`, ({ clock }) => clock.advance(ms))),
  fc
    .integer({ min: -4_000_000, max: 4_000_000 })
    .map((ms) => deed(`the clock jumps by ${ms} ms`, ({ clock }) => clock.jump(ms))),
);

const kill = fc.constant(deed('kill -9', (stage) => stage.crash()));

/** Anything that may happen to three apps that share three ports. */
export const anyDeed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 5, arbitrary: commands },
  { weight: 3, arbitrary: files },
  { weight: 4, arbitrary: world },
  { weight: 3, arbitrary: time },
  { weight: 1, arbitrary: kill },
);
