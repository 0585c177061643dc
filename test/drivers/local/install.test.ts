import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunSpec } from '../../../src/contracts/driver.ts';
import { createLocalHarness, type LocalDriverHarness } from '../../support/local-driver.ts';
import { processesWith } from '../../support/marked-processes.ts';
import { program, programPath } from '../../support/programs.ts';
import { until } from '../../support/until.ts';

/** What the package `bun` calls it on every system. */
const BUN = fileURLToPath(new URL('../../../node_modules/bun/bin/bun.exe', import.meta.url));
const SYSTEM = `${dirname(process.execPath)}:/usr/bin:/bin`;
let harness: LocalDriverHarness;

beforeEach(async () => {
  harness = await createLocalHarness({ installSlots: 1, hostEnvironment: { ...process.env, PATH: SYSTEM } });
});

afterEach(() => harness.cleanup());

interface AppOptions {
  readonly manager?: string;
  /** A module that npm runs before it installs; it may write to `process.stdout`. */
  readonly preinstall?: string;
}

/** An app that depends on a package beside it, so that an installation needs no network. */
async function appWithDependency({ manager = 'npm@11.0.0', preinstall }: AppOptions = {}): Promise<RunSpec> {
  const spec = await harness.spec('node -p "require(\'greeting\')"', {
    files: {
      'package.json': JSON.stringify({
        name: 'app',
        version: '1.0.0',
        packageManager: manager,
        scripts: { toes: 'ignored', ...(preinstall && { preinstall: 'node preinstall.cjs' }) },
        dependencies: { greeting: 'file:./greeting' },
      }),
      ...(preinstall && { 'preinstall.cjs': preinstall }),
    },
  });
  await mkdir(join(spec.releaseDirectory, 'greeting'));
  const dependency = { name: 'greeting', version: '1.0.0', main: 'index.js' };
  await writeFile(join(spec.releaseDirectory, 'greeting', 'package.json'), JSON.stringify(dependency));
  await writeFile(
    join(spec.releaseDirectory, 'greeting', 'index.js'),
    'module.exports = "hello from a dependency";',
  );
  return spec;
}

async function again(spec: RunSpec): Promise<RunSpec> {
  return {
    ...(await harness.spec(spec.script)),
    appDirectory: spec.appDirectory,
    releaseDirectory: spec.releaseDirectory,
  };
}

async function runToEnd(spec: RunSpec): Promise<string> {
  await harness.run(spec);
  expect(await harness.events.next(spec.run, 'ENDED')).toMatchObject({ code: 0 });
  return (await harness.output(spec.run)).stdout;
}

/** From now on, the only program of PATH beside the system's. */
async function putOnPath(name: string, text: string): Promise<string> {
  const bin = join(harness.directory, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, name), text, { mode: 0o755 });
  harness = await harness.successor({ hostEnvironment: { ...process.env, PATH: `${bin}:${SYSTEM}` } });
  return join(bin, name);
}

function exists(...path: readonly string[]): Promise<boolean> {
  return access(join(...path)).then(
    () => true,
    () => false,
  );
}

describe('A8: a real installation', () => {
  test('npm install, then npm ci, then nothing', async () => {
    const first = await appWithDependency();
    const output = await runToEnd(first);
    expect(output).toContain('added');
    expect(output).toContain('hello from a dependency');
    expect(harness.events.types(first.run)).toEqual(['INSTALLING', 'STARTING', 'STARTED', 'ENDED']);

    const second = await again(first);
    expect(await runToEnd(second)).toBe('hello from a dependency\n');
    expect(harness.events.types(second.run)).toEqual(['STARTING', 'STARTED', 'ENDED']);

    // The frozen form throws away what is not in the lock file.
    await mkdir(join(first.releaseDirectory, 'node_modules', 'stray'));
    const manifest = JSON.parse(await readFile(join(first.releaseDirectory, 'package.json'), 'utf8'));
    await writeFile(
      join(first.releaseDirectory, 'package.json'),
      JSON.stringify({ ...manifest, description: 'new' }),
    );
    const third = await again(first);
    expect(await runToEnd(third)).toContain('hello from a dependency');
    expect(harness.events.types(third.run)[0]).toBe('INSTALLING');
    expect(await exists(first.releaseDirectory, 'node_modules', 'stray')).toBe(false);
  });

  test('bun install, then its frozen form', async () => {
    await putOnPath('bun', `#!/bin/sh\nexec '${BUN}' "$@"\n`);
    const first = await appWithDependency({ manager: 'bun@1.0.0' });
    expect(await runToEnd(first)).toContain('hello from a dependency');
    expect(await exists(first.releaseDirectory, 'bun.lock')).toBe(true);
    harness.installs.forget(first.releaseDirectory);
    const second = await again(first);
    await runToEnd(second);
    expect(harness.events.types(second.run)).toEqual(['INSTALLING', 'STARTING', 'STARTED', 'ENDED']);
  });

  test('A10: an install script sees no variable of the app, and no token', async () => {
    const spec = await appWithDependency({
      preinstall: 'require("fs").writeFileSync("seen", JSON.stringify(process.env))',
    });
    await writeFile(
      join(spec.releaseDirectory, '.env'),
      'FROM_FILE=yes\nNODE_OPTIONS=--require ./tracer\nNODE_ENV=production\nnpm_config_fund=false\n',
    );
    const variables = { PORT: '3001', TOES_URL: 'http://localhost:3000', TOES_TOKEN: 'secret' };
    harness.driver.begin({ ...spec, variables });
    await harness.events.next(spec.run, 'STARTING');
    const seen = JSON.parse(await readFile(join(spec.releaseDirectory, 'seen'), 'utf8'));
    expect(seen).toMatchObject({ CI: '1', npm_config_fund: 'false', TOEHOLD_RUN_ID: spec.mark });
    const of = ['FROM_FILE', 'NODE_OPTIONS', 'NODE_ENV', 'PORT', 'TOES_URL', 'TOES_TOKEN'];
    expect(of.filter((name) => name in seen)).toEqual([]);
  });

  test('toes.install: false installs nothing', async () => {
    const spec = await appWithDependency();
    harness.driver.begin({ ...spec, install: false });
    await harness.events.next(spec.run, 'STARTING');
    expect(await exists(spec.releaseDirectory, 'node_modules')).toBe(false);
  });
});

describe('B-6: an installation that fails', () => {
  test('tells its code, and its output is in the log', async () => {
    const spec = await appWithDependency({ preinstall: 'console.error("no such luck"); process.exit(7)' });
    harness.driver.begin(spec);
    const failure = await harness.events.next(spec.run, 'INSTALL_FAILED');
    expect(failure).toMatchObject({
      message: '"npm install" failed with code 7: see the log',
      code: 7,
      signal: null,
    });
    const { stdout, stderr } = await harness.output(spec.run);
    expect(stdout + stderr).toContain('no such luck');
    expect(harness.installs.keys.size).toBe(0);
  });

  test('forgets what was installed before: the directory may be half empty', async () => {
    const spec = await appWithDependency();
    await runToEnd(spec);
    expect(harness.installs.keys.size).toBe(2);
    const manifest = await readFile(join(spec.releaseDirectory, 'package.json'), 'utf8');
    const broken = {
      ...JSON.parse(manifest),
      dependencies: { greeting: 'file:./greeting', gone: 'file:./gone' },
    };
    await writeFile(join(spec.releaseDirectory, 'package.json'), JSON.stringify(broken));
    const failing = await again(spec);
    harness.driver.begin(failing);
    await harness.events.next(failing.run, 'INSTALL_FAILED');
    await writeFile(join(spec.releaseDirectory, 'package.json'), manifest);
    const repaired = await again(spec);
    await runToEnd(repaired);
    expect(harness.events.types(repaired.run)[0]).toBe('INSTALLING');
  });

  test('leaves no process behind', async () => {
    const spec = await appWithDependency({
      preinstall: `
        const { spawn } = require('child_process');
        const child = spawn('node', ['${programPath('idle')}', 'ignore'], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
        child.stdout.once('data', () => process.exit(1));`,
    });
    harness.driver.begin(spec);
    await harness.events.next(spec.run, 'INSTALL_FAILED');
    expect(await processesWith('TOEHOLD_RUN_ID', spec.mark)).toEqual([]);
  });

  test('a package manager that cannot be run is that app’s error', async () => {
    const pnpm = await putOnPath('pnpm', '#!/nowhere/at/all\n');
    const spec = await appWithDependency({ manager: 'pnpm@9.0.0' });
    harness.driver.begin(spec);
    const { message } = await harness.events.next(spec.run, 'INSTALL_FAILED');
    expect(message).toContain(`Cannot run ${pnpm}`);
    const next = await appWithDependency();
    await runToEnd(next);
  });
});

test('an installation that prints 5 MB goes on, and all of it is in the log', async () => {
  // npm would keep a script's output to itself: a package manager whose only work is the printing.
  await putOnPath(
    'bun',
    `#!/bin/sh\nmkdir -p node_modules/greeting\nexec ${program('print', 50_000, 0, 110)}\n`,
  );
  const spec = await appWithDependency({ manager: 'bun@1.0.0' });
  harness.driver.begin(spec);
  await harness.events.next(spec.run, 'STARTING');
  const { stdout } = await harness.output(spec.run);
  expect(stdout.length).toBeGreaterThan(5_000_000);
  expect(stdout.split('\n')).toHaveLength(50_001);
});

describe('B-5: an installation that hangs', () => {
  const HANGS = `import(${JSON.stringify(programPath('idle'))}).then(() => require('fs').writeFileSync('hangs', ''))`;
  const STUBBORN = `process.on('SIGTERM', () => {}); ${HANGS}`;

  async function hanging(preinstall: string): Promise<RunSpec> {
    const spec = await appWithDependency({ preinstall });
    harness.driver.begin(spec);
    await until(() => exists(spec.releaseDirectory, 'hangs'), 'the script hangs');
    return spec;
  }

  test('is cancelled by a stop', async () => {
    const spec = await hanging(HANGS);
    harness.driver.stop(spec.run);
    await harness.events.next(spec.run, 'ENDED');
    expect(await processesWith('TOEHOLD_RUN_ID', spec.mark)).toEqual([]);
    expect(harness.events.types(spec.run)).toEqual(['INSTALLING', 'ENDED']);
  });

  test('and by SIGKILL where it ignores the stop', async () => {
    const spec = await hanging(STUBBORN);
    harness.driver.stop(spec.run);
    expect((await harness.driver.status(spec.run)).pids.length).toBeGreaterThan(0);
    harness.driver.signal(spec.run, 'SIGKILL');
    await harness.events.next(spec.run, 'ENDED');
    expect(await processesWith('TOEHOLD_RUN_ID', spec.mark)).toEqual([]);
  });

  test('B-31: another one waits for its turn, and can be cancelled while it waits', async () => {
    const first = await hanging(HANGS);
    const second = await appWithDependency();
    const third = await appWithDependency();
    harness.driver.begin(second);
    harness.driver.begin(third);
    await harness.events.next(second.run, 'QUEUED');
    harness.driver.stop(second.run);
    await harness.events.next(second.run, 'ENDED');
    expect(harness.events.types(second.run)).toEqual(['QUEUED', 'ENDED']);
    await harness.events.next(third.run, 'QUEUED');
    expect(harness.events.types(third.run)).toEqual(['QUEUED']);
    harness.driver.stop(first.run);
    await harness.events.next(third.run, 'STARTED');
    expect(harness.events.types(third.run).slice(0, 4)).toEqual([
      ...(['QUEUED', 'INSTALLING', 'STARTING', 'STARTED'] as const),
    ]);
  });

  test('A10: a run that waited for it gets what it wrote to `.env`', async () => {
    const preinstall = `const { existsSync, writeFileSync } = require('node:fs');
      while (!existsSync('go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      writeFileSync('.env', 'GREETED=yes');`;
    const first = { ...(await appWithDependency({ preinstall })), script: 'echo "[$GREETED]"' };
    const second = await again(first);
    harness.driver.begin(first);
    await harness.events.next(first.run, 'INSTALLING');
    harness.driver.begin(second);
    await harness.events.next(second.run, 'QUEUED');
    await writeFile(join(first.releaseDirectory, 'go'), '');
    await harness.events.next(second.run, 'ENDED');
    expect(harness.events.types(second.run)).toEqual(['QUEUED', 'STARTING', 'STARTED', 'ENDED']);
    expect((await harness.output(second.run)).stdout).toBe('[yes]\n');
  });

  test('B-3: is ended by the next control plane, and the run is one that was not started', async () => {
    const spec = await hanging(STUBBORN);
    harness = await harness.successor();
    expect(await harness.driver.recover(spec, null)).toEqual({ found: 'NOT_STARTED' });
    expect(await processesWith('TOEHOLD_RUN_ID', spec.mark)).toEqual([]);
  });

  test('a driver that was closed begins no installation that was waiting', async () => {
    const first = await hanging(HANGS);
    const second = await appWithDependency();
    harness.driver.begin(second);
    const old = harness;
    harness = await harness.successor();
    await harness.driver.recover(first, null);
    await harness.driver.recover(second, null);
    expect(old.events.types(second.run)).toEqual([]);
    expect(await exists(second.releaseDirectory, 'node_modules')).toBe(false);
    expect(await processesWith('TOEHOLD_RUN_ID', second.mark)).toEqual([]);
  });
});
