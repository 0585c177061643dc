import fc from 'fast-check';
import { expect } from 'vitest';
import type { CommandOptions, Supervisor } from '../../src/contracts/supervisor.ts';
import type { SupervisorControl } from '../../src/supervisor/index.ts';
import type { Stage } from '../support/stage.ts';
import { NEW, OLD } from './given.ts';

export const NAMES = ['amber', 'birch', 'cedar'];

/** Something that may happen, and how to make it happen. */
export interface Action {
  readonly title: string;
  readonly act: (stage: Stage) => unknown;
}

const name = fc.constantFrom(...NAMES);
const port = fc.integer({ min: 3001, max: 3003 });
const release = fc.constantFrom(OLD, NEW);

/** A counterexample is then printed as the list of its titles. */
function action(title: string, act: Action['act']): Action {
  return Object.assign(Object.create({ [fc.toStringMethod]: () => title }), { title, act });
}

/** A command, half of the time with `wait`. Every one must be answered in the end. */
function command(
  title: string,
  run: (supervisor: Supervisor, options: CommandOptions) => Promise<unknown>,
): fc.Arbitrary<Action> {
  return fc.boolean().map((wait) =>
    action(`${title}${wait ? ', and waits' : ''}`, (stage) => {
      void asked(stage, title, run(stage.control.supervisor, { actor: 'ben', wait }));
    }),
  );
}

/** The commands of each control plane that have had no answer yet. */
const unanswered = new WeakMap<SupervisorControl, Set<string>>();

async function asked({ control }: Stage, title: string, answer: Promise<unknown>): Promise<void> {
  const open = unanswered.get(control) ?? new Set();
  unanswered.set(control, open);
  const entry = `${title} #${open.size}`;
  open.add(entry);
  await answer;
  open.delete(entry);
}

export function unansweredOf({ control }: Stage): string[] {
  return [...(unanswered.get(control) ?? [])];
}

const commands = fc.oneof(
  name.chain((app) => command(`start ${app}`, (to, options) => to.start({ name: app }, options))),
  name.chain((app) => command(`stop ${app}`, (to, options) => to.stop({ name: app }, options))),
  name.chain((app) => command(`restart ${app}`, (to, options) => to.restart({ name: app }, options))),
  name.chain((app) => command(`remove ${app}`, (to, options) => to.remove({ name: app }, options))),
  name.chain((app) => command(`icon of ${app}`, (to, options) => to.setIcon({ name: app }, '🦊', options))),
  fc
    .tuple(name, name)
    .chain(([app, to]) =>
      command(`rename ${app} to ${to}`, (of, options) => of.rename({ name: app }, to, options)),
    ),
  fc
    .tuple(name, release)
    .chain(([app, to]) =>
      command(`activate ${to} of ${app}`, (of, options) => of.activateRelease({ name: app }, to, options)),
    ),
  fc
    .tuple(name, port)
    .chain(([app, to]) =>
      command(`assign ${to} to ${app}`, (of, options) => of.assignPort({ name: app }, to, options)),
    ),
);

const files = fc.oneof(
  name.map((app) => action(`make ${app}`, ({ folders }) => folders.put(app))),
  name.map((app) =>
    action(`break ${app}`, ({ folders }) =>
      folders.put(app, { manifest: { ok: false, error: 'Missing package.json' } }),
    ),
  ),
  name.map((app) => action(`rm ${app}`, ({ folders }) => folders.take(app))),
  fc
    .tuple(name, release)
    .map(([app, to]) =>
      action(`current of ${app} → ${to}`, ({ folders }) => folders.put(app, { release: to })),
    ),
  fc
    .constantFrom(
      'rename' as const,
      'trash' as const,
      'activate' as const,
      'writeIcon' as const,
      'look' as const,
    )
    .map((operation) =>
      action(`the next ${operation} fails`, ({ folders }) => folders.failNext(operation, 'EIO: i/o error')),
    ),
  fc
    .constantFrom('ENOENT: no such directory', null)
    .map((error) => action(`APPS_DIR ${error ?? 'is there'}`, ({ folders }) => folders.loseAppsDir(error))),
  fc.tuple(name, name).map(([from, to]) =>
    action(`mv ${from} ${to}`, ({ folders }) => {
      if (folders.names().includes(from) && !folders.names().includes(to)) folders.move(from, to);
    }),
  ),
);

const world = fc.oneof(
  port.map((taken) =>
    action(`another program takes ${taken}`, ({ foreign, driver }) => {
      if (!driver.live().some((run) => run.spec.port === taken))
        foreign.set(taken, { pid: 1, command: 'nc' });
    }),
  ),
  fc.constant(action('the other programs close their ports', ({ foreign }) => foreign.clear())),
  fc
    .constantFrom('listens', 'silent', 'manual')
    .map((start) => action(`starts: ${start}`, ({ driver }) => driver.behave('*', { start }))),
  fc
    .constantFrom(0, 1)
    .map((exits) =>
      action(`starts: exit ${exits}`, ({ driver }) => driver.behave('*', { start: { exits } })),
    ),
  fc
    .constantFrom('ignores', 'leaves', 'ends')
    .map((stop) => action(`SIGTERM: ${stop}`, ({ driver }) => driver.behave('*', { stop }))),
  fc
    .constantFrom('hangs' as const, 'installs' as const, { fails: 'npm ci failed' })
    .map((install) =>
      action(`installs: ${JSON.stringify(install)}`, ({ driver }) => driver.behave('*', { install })),
    ),
  fc.constantFrom(0, 1, null).map((code) =>
    action(`an app exits with ${code}`, ({ driver }) => {
      const run = driver.live()[0];
      if (run) driver.tell(run.spec.run, { type: 'ENDED', code, signal: null });
    }),
  ),
  fc.constantFrom(0, 1, null).map((code) =>
    action(`a script ends with ${code} and leaves others`, ({ driver }) => {
      const run = driver.live().find(({ phase }) => phase === 'STARTED');
      if (run) driver.tell(run.spec.run, { type: 'SCRIPT_ENDED', code, signal: null });
    }),
  ),
  fc.constant(
    action('a silent app listens', ({ driver }) => {
      const run = driver.live().find(({ listening, spec }) => !listening && spec.port !== null);
      if (run) driver.tell(run.spec.run, { type: 'LISTENING', address: '127.0.0.1' });
    }),
  ),
  fc
    .boolean()
    .map((works) =>
      action(`an installation ${works ? 'ends' : 'fails'}`, (stage) => endsInstall(stage, works)),
    ),
  fc.boolean().map((full) =>
    action(full ? 'the disk is full' : 'the disk has room', async (stage) => {
      stage.full = full;
      // Waiting changes are tried again within a second.
      if (!full) await stage.clock.advance(1_000);
    }),
  ),
  fc.boolean().map((ok) =>
    action(`health checks ${ok ? 'pass' : 'fail'}`, (stage) => {
      stage.health = ok ? { ok } : { ok, status: 500, reason: 'GET / answered 500' };
    }),
  ),
);

const time = fc.oneof(
  fc
    .constantFrom(1, 999, 2_000, 10_000, 31_000, 61_000)
    .map((ms) => action(`${ms} ms pass`, ({ clock }) => clock.advance(ms))),
  fc
    .integer({ min: -4_000_000, max: 4_000_000 })
    .map((ms) => action(`the clock jumps by ${ms} ms`, ({ clock }) => clock.jump(ms))),
);

/** The first installation that is under way. */
export function endsInstall({ control, driver }: Stage, works: boolean): boolean {
  const run = control.supervisor
    .apps()
    .map((app) => driver.run(app.run?.id ?? 0))
    .find((found) => found?.phase === 'INSTALLING')?.spec.run;
  if (run === undefined) return false;
  if (works) driver.tell(run, { type: 'STARTING' });
  else driver.tell(run, { type: 'INSTALL_FAILED', message: 'npm ci failed', code: 1, signal: null });
  return true;
}

const ends = fc.oneof(
  fc.constant(action('kill -9', (stage) => stage.crash())),
  fc.constant(action('kill -9 at once', (stage) => stage.crashNow())),
  fc.constant(action('a reboot', (stage) => stage.reboot())),
  fc.boolean().map((detach) =>
    action(`a shutdown${detach ? ' that leaves apps alone' : ''}, and a new start`, async (stage) => {
      const end = asked(stage, 'shut down', stage.control.shutdown(detach));
      await stage.clock.advance(25_000);
      expect(unansweredOf(stage), 'after the shutdown').toEqual([]);
      await end;
      expect(stage.clock.pending(), 'timers after the shutdown').toBe(0);
      if (!detach) expect(stage.driver.live(), 'after the shutdown').toEqual([]);
      await stage.crash();
    }),
  ),
  fc.integer({ min: 0, max: 15_000 }).map((ms) =>
    action(`a shutdown that is cut off after ${ms} ms`, async (stage) => {
      void stage.control.shutdown(false);
      await stage.clock.advance(ms);
      await stage.crash();
    }),
  ),
);

/** Anything that may happen to three apps that share three ports. */
export const anyAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: commands },
  { weight: 3, arbitrary: files },
  { weight: 4, arbitrary: world },
  { weight: 3, arbitrary: time },
  { weight: 1, arbitrary: ends },
);
