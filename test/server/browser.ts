import { existsSync } from 'node:fs';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import type { Role } from '../../src/core/access.ts';
import type { ServerOptions } from '../../src/server/index.ts';
import { type ControlPlane, startControlPlane } from '../support/control-plane.ts';
import { type Front, serveAlso } from './support.ts';

/** Debian's package `chromium`. */
const CHROMIUM = '/usr/bin/chromium';
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Whoever has no browser can still run the tests; the project's own checks install it. */
export const hasBrowser = existsSync(CHROMIUM);

/** A server that asks for tokens, with one app, and a browser that nobody has used. */
export interface Visit {
  readonly plane: ControlPlane;
  readonly front: Front;
  readonly context: BrowserContext;
  /** What `toehold open` prints. */
  link(role?: Role): string;
}

/** One browser for the tests of a file; each of them begins with an empty profile. */
export function sharedBrowser(): (options?: Partial<ServerOptions>) => Promise<Visit> {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
  }, 60_000);
  afterAll(() => browser.close());
  return async (options) => {
    const plane = await startControlPlane();
    await plane.addApp('hello');
    const front = await serveAlso(plane, options);
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    onTestFinished(() => context.close());
    function link(role: Role = 'ADMIN'): string {
      const viewer = plane.access.authenticate(plane.token);
      const made = viewer && plane.access.createLink(viewer, role);
      if (!made) throw new Error('there is no link');
      return `${front.url}/login?once=${made.secret}`;
    }
    return { plane, front, context, link };
  };
}
