import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { appIn, makeDataDir, serve, tokenOf } from '../support/serve.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGES = [
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  ...(await readdir(join(ROOT, 'docs'))).filter(isPage).map((name) => `docs/${name}`),
];

function isPage(name: string): boolean {
  return name.endsWith('.md');
}

/** Commands that another test runs, and which. */
const ELSEWHERE: readonly (readonly [RegExp, string])[] = [
  [/^npm (ci|start|test)$/, 'test/e2e/npm-start.test.ts and .ci/run'],
  [/^npm run build$/, '.ci/run'],
  [/^npm (pack|i -g .*)$/, 'test/package/installed.test.ts'],
];

async function blocksOf(page: string, language: string): Promise<string[]> {
  const text = await readFile(join(ROOT, page), 'utf8');
  return [...text.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    ([, block]) => block ?? '',
  );
}

/** The commands of a page, with continued lines joined. */
async function commandsOf(page: string): Promise<string[]> {
  const blocks = await blocksOf(page, 'sh');
  const lines = blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'));
  return lines.filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** A server with apps, and a directory of programs that holds `toehold`. */
async function place(apps: readonly string[]) {
  const { path, appsDir } = await makeDataDir();
  for (const name of apps) {
    // As `toehold new` makes it, with this name.
    await cp(join(ROOT, 'examples/apps/hello'), join(appsDir, name), { recursive: true });
  }
  const server = await serve({ dataDir: path, env: { TOEHOLD_ON_EXIT: 'stop' } });
  const url = await server.ready();
  await Promise.all(apps.map((name) => appIn(url, name, 'RUNNING')));
  const programs = join(path, 'bin');
  await mkdir(programs);
  await writeFile(
    join(programs, 'toehold'),
    `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'dist/src/main.js')}" "$@"\n`,
  );
  await chmod(join(programs, 'toehold'), 0o755);
  return { path, url, programs };
}

test.each(PAGES)('every command of %s works', { timeout: 120_000 }, async (page) => {
  const commands = (await commandsOf(page)).filter(
    (command) => !ELSEWHERE.some(([pattern]) => pattern.test(command)),
  );
  if (commands.length === 0) return;
  // A page that makes an app continues as if the app ran at once.
  const made = commands.indexOf('toehold new blog');
  const { path, url, programs } = await place(['blog', 'hello']);
  const env = {
    PATH: `${programs}:${process.env.PATH}`,
    HOME: path,
    DATA_DIR: path,
    XDG_STATE_HOME: join(path, '.state'),
    TOKEN: tokenOf(url),
  };
  for (const [index, command] of commands.entries()) {
    if (index === made) await rename(join(path, 'apps/blog'), join(path, 'apps/.aside'));
    const here = command
      .replaceAll('/srv/toehold', path)
      .replaceAll('http://127.0.0.1:3000', url)
      .replaceAll('data/.toehold', `${path}/.toehold`);
    const { code, said } = await shell(here, env);
    expect(`${command}: ${code} ${code === 0 ? '' : said}`).toBe(`${command}: 0 `);
    if (index === made) await appIn(url, 'blog', 'RUNNING');
  }
});

test('the program of docs/clients.md compiles and runs', { timeout: 60_000 }, async () => {
  const { url } = await place(['hello']);
  const [program = ''] = await blocksOf('docs/clients.md', 'ts');
  // Inside the package, so that its own name resolves to itself.
  const file = join(ROOT, 'test/docs', `.program-${process.pid}.ts`);
  onTestFinished(() => rm(file, { force: true }));
  await writeFile(file, program.replaceAll('http://127.0.0.1:3000', url));
  const env = { PATH: process.env.PATH ?? '', TOEHOLD_TOKEN: tokenOf(url) };
  const compiled = await shell(
    `node node_modules/typescript/bin/tsc --noEmit --strict --skipLibCheck --module nodenext --target es2023 --lib es2023,dom --types node ${file}`,
    env,
    ROOT,
  );
  expect(compiled).toEqual({ code: 0, said: '' });
  const { code, said } = await shell(`node --import tsx ${file}`, env, ROOT);
  expect(said).toContain('hello RUNNING');
  expect(said).toContain('Hello is ready');
  expect(code).toBe(0);
});

function shell(
  command: string,
  env: Record<string, string>,
  cwd = env.DATA_DIR,
): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { env, cwd, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? -1) : 0, said: `${stdout}${stderr}` }),
    );
  });
}
