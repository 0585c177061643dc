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

/** The tests are skipped without a browser. CI installs one. */
export const hasBrowser = existsSync(CHROMIUM);

/** A server that requires tokens, with one app, and a new browser profile. */
export interface Visit {
  readonly plane: ControlPlane;
  readonly front: Front;
  readonly context: BrowserContext;
  /** The URL that `toehold open` prints. */
  link(role?: Role): string;
}

/** One browser for all tests of a file. Each test has an empty profile. */
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
