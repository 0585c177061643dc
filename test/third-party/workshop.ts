import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What came of a command. */
export interface Outcome {
  readonly code: number;
  /** Both streams. */
  readonly output: string;
}

/** A folder outside the repository with the client programs, the published SDL, and the tools installed. */
export interface Workshop {
  readonly path: string;
  /** Runs one of the tools, as `npx` would. */
  tool(name: string, ...args: readonly string[]): Promise<Outcome>;
  /** Runs a client program against a server and answers what it reported. @throws Error with what it printed */
  program<Report>(name: string, url: string, token: string): Promise<Report>;
  close(): Promise<void>;
}

/** The generators, each with the arguments that a user of it would give. */
export const GENERATORS = {
  'client-preset': ['graphql-codegen', '--config', 'codegen.json'],
  'gql.tada': ['gql.tada', 'generate-output'],
  genql: [
    ...(['genql', '--schema', 'schema.graphql', '--output', 'generated/genql'] as const),
    ...['-S', 'Cursor:string', '-S', 'DateTime:string'],
  ],
  'the Relay compiler': ['relay-compiler', 'relay.config.json'],
} satisfies Readonly<Record<string, readonly [string, ...string[]]>>;

export async function openWorkshop(): Promise<Workshop> {
  const path = await mkdtemp(join(tmpdir(), 'toehold-third-party-'));
  await cp(join(ROOT, 'test/fixtures/third-party'), path, { recursive: true });
  await cp(join(ROOT, 'schema/schema.graphql'), join(path, 'schema.graphql'));
  await symlink(join(ROOT, 'node_modules'), join(path, 'node_modules'));
  await writeFile(join(path, 'package.json'), JSON.stringify({ type: 'module' }));
  await mkdir(join(path, 'generated'));
  return {
    path,
    tool: (name, ...args) => run(join(path, 'node_modules/.bin', name), args, path),
    async program<Report>(name: string, url: string, token: string) {
      const args = ['--import', 'tsx', 'main.ts', name, url, token];
      const { code, output } = await run(process.execPath, args, path);
      if (code !== 0) throw new Error(`${name} ended with ${code}:\n${output}`);
      return JSON.parse(output) as Report;
    },
    close: () => rm(path, { recursive: true, force: true }),
  };
}

/** The test's own environment, without what would configure what it starts. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = /^(TOEHOLD_|npm_|VITEST|NODE_OPTIONS$|NODE_ENV$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}

/** Runs a program to its end; after two minutes it is ended. */
export function run(
  program: string,
  args: readonly string[],
  cwd: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const env = { ...cleanEnvironment(), ...more };
  return new Promise((resolve) => {
    execFile(program, args, { cwd, env, timeout: 120_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, output: `${stdout}${stderr}` });
    });
  });
}
