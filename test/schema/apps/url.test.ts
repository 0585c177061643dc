import { expect, test } from 'vitest';
import { appUrl } from '../../../schema/apps/url.ts';

test.each([
  // The host of the request, the address of the app, the host of the URL.
  ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
  ['localhost', '127.0.0.1', 'localhost'],
  ['box.lan', '127.0.0.1', 'box.lan'],
  ['127.0.0.1', null, '127.0.0.1'],
  ['127.0.0.1', '::1', '[::1]'],
  ['127.0.0.2', '::1', '[::1]'],
  ['[::1]', '::1', '[::1]'],
  ['localhost', '::1', 'localhost'],
  ['localhost', '192.0.2.7', '192.0.2.7'],
  ['127.0.0.1', '2001:db8::7', '[2001:db8::7]'],
  ['box.lan', '192.0.2.7', 'box.lan'],
])('A11: for a request to %s, the URL of an app that listens at %s has %s', (asked, address, host) => {
  expect(appUrl(asked, 3001, address)).toBe(`http://${host}:3001`);
});
