import type { IncomingMessage, ServerResponse } from 'node:http';
import { reply } from './replies.ts';

/**
 * This server has no service worker. Whoever took its port while it was down may have left one in a browser, which
 * would answer in this server's place from then on. Browsers ask for its script again when a page is opened, by a
 * header that no page can send, and get this one: it removes itself, and has open pages loaded again.
 */
const REMOVAL = `
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil((async () => {
  await self.registration.unregister();
  for (const page of await self.clients.matchAll({ type: 'window' })) page.navigate(page.url);
})()));
`;

/** Whether a browser asks for the script of a service worker, wherever that was said to be. */
export function wantsServiceWorker({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && headers['service-worker'] === 'script';
}

export function replyServiceWorker(response: ServerResponse): void {
  reply(response, 200, 'text/javascript; charset=utf-8', REMOVAL);
}
