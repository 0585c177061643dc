import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { installService, removeService, type ServicePlan } from '../../../src/cli/service/plan.ts';
import { scopeOf } from '../../../src/cli/service.ts';

let home: string;
let said: string[];

const report = {
  done: (line: string) => void said.push(line),
  failed: (line: string) => void said.push(`! ${line}`),
};

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'toehold-plan-'));
  onTestFinished(() => rm(home, { recursive: true }));
  said = [];
});

/** A command that notes its name in a file. */
const note = (name: string) => ['sh', '-c', `echo ${name} >>${home}/ran`];
const FAILS = ['sh', '-c', 'echo no bus >&2; exit 1'];

function planWith(parts: Partial<ServicePlan>): ServicePlan {
  const path = join(home, 'units/own/toehold.service');
  const commands = {
    check: note('check'),
    start: [note('start')],
    stop: [note('stop')],
    afterwards: [note('reload')],
  };
  return { path, text: 'new\n', ...commands, advice: ['advice'], ...parts };
}

const directories = () => [
  { path: join(home, 'srv/data'), mode: 0o755 },
  { path: join(home, 'srv/data/.toehold'), mode: 0o700 },
];
const ran = async () => (await readFile(join(home, 'ran'), 'utf8').catch(() => '')).trim().split('\n');
const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

test('an installation checks, makes what it needs, and starts the service', async () => {
  const plan = planWith({});
  expect(await installService(plan, directories(), report)).toBe(true);
  expect(await ran()).toEqual(['check', 'start']);
  expect(await readFile(plan.path, 'utf8')).toBe('new\n');
  expect((await stat(join(home, 'srv/data/.toehold'))).mode & 0o777).toBe(0o700);
  expect(said.at(-1)).toBe('advice');
});

describe('nothing is changed if the installation cannot succeed', () => {
  test.each([
    ['the service manager does not answer', { check: FAILS }, 'no bus'],
    ['there is no service manager', { check: ['no-such-manager'] }, 'no-such-manager is not on PATH'],
    [
      'the file cannot be written',
      { path: '/dev/null/units/toehold.service' },
      '/dev/null is not a directory',
    ],
  ])('%s', async (_what, parts, why) => {
    expect(await installService(planWith(parts), directories(), report)).toBe(false);
    expect(said).toEqual([expect.stringMatching(new RegExp(`^! .*${why}.*Nothing was changed\\.$`))]);
    for (const path of ['srv', 'units']) expect(await exists(join(home, path))).toBe(false);
    expect(await ran()).not.toContain('start');
  });

  test('a directory cannot be made', async () => {
    await writeFile(join(home, 'srv'), '');
    expect(await installService(planWith({}), directories(), report)).toBe(false);
    expect(said).toEqual([expect.stringContaining(`${home}/srv is not a directory`)]);
    expect(await exists(join(home, 'units'))).toBe(false);
  });
});

describe('an installation that fails halfway is undone', () => {
  test('the service ends, and the file and the directories go', async () => {
    const plan = planWith({ start: [note('enable'), FAILS, note('never')] });
    expect(await installService(plan, directories(), report)).toBe(false);
    expect(await ran()).toEqual(['check', 'enable', 'stop', 'reload']);
    for (const path of ['srv', 'units']) expect(await exists(join(home, path))).toBe(false);
    expect(said.join('\n')).toMatch(/! sh .* failed: no bus\n! The installation was undone/);
  });

  test('a directory that existed, or has got a file, stays', async () => {
    await mkdir(join(home, 'units'));
    const start = [['sh', '-c', `echo token >${home}/srv/data/.toehold/token; exit 1`]];
    expect(await installService(planWith({ start }), directories(), report)).toBe(false);
    expect(await readFile(join(home, 'srv/data/.toehold/token'), 'utf8')).toBe('token\n');
    expect([await exists(join(home, 'units')), await exists(join(home, 'units/own'))]).toEqual([true, false]);
  });

  test('the service of before is restored', async () => {
    const plan = planWith({
      start: [note('start'), ['sh', '-c', `grep -q old ${home}/units/own/toehold.service`]],
    });
    await mkdir(dirname(plan.path), { recursive: true });
    await writeFile(plan.path, 'old\n');
    expect(await installService(plan, [], report)).toBe(false);
    expect(await readFile(plan.path, 'utf8')).toBe('old\n');
    expect(await ran()).toEqual(['check', 'start', 'start']);
  });
});

test('a service that is not installed is not removed', async () => {
  expect(await removeService(planWith({}), report)).toBe(false);
  expect(said).toEqual([expect.stringContaining('No such service is installed')]);
  expect(await ran()).toEqual(['']);
});

test('root gets a unit of the system, others one of their own, and an option chooses the other', () => {
  expect([scopeOf({}, 0), scopeOf({}, 1000)]).toEqual(['system', 'user']);
  expect([scopeOf({ user: true }, 0), scopeOf({ system: true }, 1000)]).toEqual(['user', 'system']);
});
