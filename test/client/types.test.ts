import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');

/** The output and the exit code of a program of the project. */
async function run(...args: readonly string[]): Promise<{ readonly code: number; readonly output: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [...args], { cwd: ROOT });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

describe('the types of the package', () => {
  let project: string;
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'toehold-types-'));
    const modules = join(project, 'node_modules');
    await mkdir(join(modules, 'toehold'), { recursive: true });
    await writeFile(join(modules, 'toehold/package.json'), await readFile(join(ROOT, 'package.json')));
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
    for (const name of ['@graphql-typed-document-node', 'graphql', 'graphql-ws', '@types', 'undici-types'])
      await symlink(join(ROOT, 'node_modules', name), join(modules, name));
    const { output } = await run(
      TSC,
      '-p',
      'client/tsconfig.json',
      '--outDir',
      join(modules, 'toehold/dist'),
    );
    expect(output).toBe('');
    return () => rm(project, { recursive: true, force: true });
  }, 60_000);

  const PROGRAM = `
    import { type AppState, AppsDocument, connect, type LogItem, StartAppDocument, ToeholdError } from 'toehold/client';
    const toehold = connect({ url: 'http://127.0.0.1:3000', token: 'secret' });
    export const states: AppState[] = (await toehold.request(AppsDocument)).apps.nodes.map(({ state }) => state);
    const { startApp } = await toehold.request(StartAppDocument, { input: { app: { name: 'hello' } } });
    export const text: string = startApp.__typename === 'StartAppSuccess' ? startApp.app.name : startApp.message;
    export const code = (error: unknown): string | undefined => (error instanceof ToeholdError ? error.code : undefined);
    export const line = (item: LogItem): string | undefined => (item.kind === 'line' ? item.text : undefined);
    for await (const item of toehold.follow.events({ apps: [{ name: 'hello' }] }))
      if (item.kind === 'event' && item.__typename === 'AppStateChangedEvent') states.push(item.to);
    export const own: number = (await toehold.request<{ a: number }>('{ a }')).a;
    // @ts-expect-error What to start is missing.
    await toehold.request(StartAppDocument);
    // @ts-expect-error There is no such state.
    await toehold.request(AppsDocument, { filter: { states: ['SLEEPING'] } });
    // @ts-expect-error There is no such field.
    (await toehold.request(AppsDocument)).apps.nodes[0]?.colour;
  `;

  test.each([
    [
      'a browser, behind a bundler',
      { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'], types: [] },
    ],
    ['a browser, as modules', { module: 'nodenext', lib: ['es2022', 'dom'], types: [] }],
    ['Node', { module: 'nodenext', lib: ['es2023'], types: ['node'] }],
  ])('hold under strict in %s', async (_where, options) => {
    await writeFile(join(project, 'program.ts'), PROGRAM);
    const compilerOptions = { ...options, strict: true, target: 'es2022', noEmit: true };
    await writeFile(
      join(project, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, files: ['program.ts'] }),
    );
    expect(await run(TSC, '-p', project)).toEqual({ code: 0, output: '' });
  });
});

describe('a schema that does not match the client', () => {
  async function check(change: (sdl: string) => string) {
    const directory = await mkdtemp(join(tmpdir(), 'toehold-schema-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const file = join(directory, 'schema.graphql');
    const sdl = await readFile(join(ROOT, 'schema/schema.graphql'), 'utf8');
    const changed = change(sdl);
    expect(changed).not.toBe(sdl);
    await writeFile(file, changed);
    return run('--import', import.meta.resolve('tsx'), 'codegen.ts', '--check', '--schema', file);
  }

  test('a renamed field fails the check, which names the document', { timeout: 60_000 }, async () => {
    const { code, output } = await check((sdl) =>
      sdl.replace('  desiredState: DesiredState!', '  wanted: DesiredState!'),
    );
    expect(code).not.toBe(0);
    expect(output).toContain('Cannot query field "desiredState" on type "App"');
    expect(output).toContain('client/documents/fragments.graphql');
  });

  test('a changed type makes the generated types out of date', { timeout: 60_000 }, async () => {
    const { code, output } = await check((sdl) => sdl.replace('  revision: Int!', '  revision: String'));
    expect(code).toBe(1);
    expect(output).toContain('client/generated/graphql.ts is not what the code makes');
  });
});
