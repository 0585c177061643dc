import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { chromium } from 'playwright-core';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '../support/free-ports.ts';
import { program } from '../support/programs.ts';
import { startServer } from '../support/whole-server.ts';

const ENTRY = fileURLToPath(new URL('../../client/index.ts', import.meta.url));
/** The size limit of the package in a page, in bytes, gzipped, without graphql-ws. */
const LIMIT = 15_000;
/** Debian's package `chromium`. */
const CHROMIUM = '/usr/bin/chromium';

interface Bundle {
  readonly text: string;
  readonly metafile: Metafile;
  /** The files in it, from the root of the repository. */
  readonly inputs: readonly string[];
}

/** The whole package, minified for a browser. */
async function bundle(contents: string, external: readonly string[] = []): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
    ...{ bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022' },
    ...{ external: [...external], write: false, metafile: true, logLevel: 'silent' },
  });
  return { text: outputFiles[0]?.text ?? '', metafile, inputs: Object.keys(metafile.inputs) };
}

describe('a bundle for browsers', () => {
  let all: Bundle;
  beforeAll(async () => {
    all = await bundle(`export * from ${JSON.stringify(ENTRY)};`, ['graphql-ws']);
  });

  test(`is smaller than ${LIMIT / 1_000} kB, gzipped and without graphql-ws`, () => {
    expect(all.text).toContain('StartAppSuccess');
    expect(gzipSync(all.text, { level: 9 }).length).toBeLessThan(LIMIT);
  });

  test('contains only the client: no graphql, no ws, no module of Node', () => {
    expect(all.inputs.filter((path) => path !== '<stdin>' && !path.startsWith('client/'))).toEqual([]);
    const imports = Object.values(all.metafile.outputs).flatMap(({ imports }) =>
      imports.map(({ path }) => path),
    );
    expect(imports).toEqual(['graphql-ws/client']);
  });

  test('contains only the client of graphql-ws', async () => {
    const { inputs } = await bundle(`export * from ${JSON.stringify(ENTRY)};`);
    const packages = inputs.flatMap((path) => /node_modules\/(.*)/.exec(path)?.[1] ?? []);
    expect(packages.length).toBeGreaterThan(0);
    expect(packages.filter((path) => !path.startsWith('graphql-ws/dist/'))).toEqual([]);
  });

  test('leaves out the documents that are not used', async () => {
    const { text } = await bundle(`export { connect, AppsDocument } from ${JSON.stringify(ENTRY)};`);
    expect(text).toContain('query Apps(');
    expect(text).not.toContain('mutation');
  });
});

describe.skipIf(!existsSync(CHROMIUM))('in a browser', () => {
  test('a page of an allowed origin queries, changes, and follows', async () => {
    const [port = ''] = (await freePorts(1)).split('-');
    const origin = `http://127.0.0.1:${port}`;
    const server = await startServer({ bystander: false, env: { TOEHOLD_ALLOWED_ORIGINS: origin } });
    await server.addApp('hello', { script: program('serve') });
    await server.waitForState('hello', 'RUNNING');
    const { text } = await bundle(`
      import { connect, AppsDocument, StopAppDocument } from ${JSON.stringify(ENTRY)};
      const [url, token] = JSON.parse(decodeURIComponent(location.hash.slice(1)));
      const toehold = connect({ url, token });
      const stop = new AbortController();
      const told = { apps: (await toehold.request(AppsDocument)).apps.nodes.map(({ name }) => name), lines: 0, states: [] };
      const lines = (async () => {
        for await (const item of toehold.follow.logs({ signal: stop.signal })) if (item.kind === 'line') told.lines += 1;
      })();
      const input = { app: { name: 'hello' } };
      for await (const item of toehold.follow.events({ status: true, signal: stop.signal })) {
        if (item.kind === 'status' && item.state === 'connected') await toehold.request(StopAppDocument, { input });
        if (item.kind !== 'event' || item.__typename !== 'AppStateChangedEvent') continue;
        told.states.push(item.to);
        if (item.to === 'STOPPED') stop.abort();
      }
      await lines;
      await toehold.close();
      globalThis.told = told;
    `);
    const pages = createServer((request, response) => {
      const script = request.url === '/page.js';
      response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
      response.end(script ? text : '<!doctype html><script type="module" src="/page.js"></script>');
    });
    await new Promise<void>((resolve) => pages.listen(Number(port), '127.0.0.1', resolve));
    onTestFinished(() => void pages.close());
    expect((pages.address() as AddressInfo).port).toBe(Number(port));

    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
    });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    const sockets: { isClosed(): boolean }[] = [];
    page.on('websocket', (socket) => sockets.push(socket));
    await page.goto(`${origin}/#${encodeURIComponent(JSON.stringify([server.url, server.token]))}`);
    const told = await page.waitForFunction('globalThis.told').catch((error: unknown) => {
      throw new Error(`${error}\n${problems.join('\n')}`);
    });
    expect(await told.jsonValue()).toEqual({
      apps: ['hello'],
      lines: expect.any(Number),
      states: ['STOPPING', 'STOPPED'],
    });
    expect(sockets.map((socket) => socket.isClosed())).toEqual([true]);
    expect(problems.filter((text) => !text.includes('favicon'))).toEqual([]);
  });
});
