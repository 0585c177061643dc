/**
 * The key of the browser's session, as a script for the pages. It is made by the browser and cannot be read out, by
 * this page or by any other: what takes this server's port while it is down can have it used as long as its own page
 * is open, and cannot take it away. `make` answers null where the browser has no such keys: on a page that came by
 * HTTP from another machine, or where it keeps no data.
 */
export const KEY_SCRIPT = `
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const utf8 = (text) => new TextEncoder().encode(text);
const part = (value) => base64url(utf8(JSON.stringify(value)));

const browserKey = {
  // Each session has a key of its own: one that was there before may be somebody else's.
  idOf: (token) => token.split('_', 2).join('_'),

  async inStore(mode, work) {
    const database = await new Promise((resolve, reject) => {
      const opening = indexedDB.open('toehold', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
      opening.onsuccess = () => resolve(opening.result);
      opening.onerror = () => reject(opening.error);
    });
    try {
      return await new Promise((resolve, reject) => {
        const transaction = database.transaction('keys', mode, { durability: 'strict' });
        const request = work(transaction.objectStore('keys'));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(transaction.error);
      });
    } finally {
      database.close();
    }
  },

  async make() {
    if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return null;
    try {
      const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
      const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
      const key = { jwk: { kty, crv, x, y }, privateKey: pair.privateKey };
      // Some browsers make keys and do not keep them.
      await browserKey.inStore('readwrite', (store) => store.put(key, 'new'));
      return key;
    } catch {
      return null;
    }
  },

  keep: (token, key) => browserKey.inStore('readwrite', (store) => store.put(key, browserKey.idOf(token))),

  async of(token) {
    if (!globalThis.crypto?.subtle || !globalThis.indexedDB) return null;
    return (await browserKey.inStore('readonly', (store) => store.get(browserKey.idOf(token)))) ?? null;
  },

  /** All keys but that of the token. Without a token: all. */
  forgetOthers: (token) =>
    browserKey
      .inStore('readwrite', (store) => {
        if (!token) return store.clear();
        store.delete(IDBKeyRange.upperBound(browserKey.idOf(token), true));
        return store.delete(IDBKeyRange.lowerBound(browserKey.idOf(token), true));
      })
      .catch(() => {}),

  /** What shows this server that the browser has the key, once, in this request alone (DPoP, RFC 9449). */
  async prove(key, { method, path, secret, nonce }) {
    const claims = {
      jti: base64url(crypto.getRandomValues(new Uint8Array(16))),
      htm: method,
      htu: location.origin + path.split('?')[0],
      iat: Math.floor(Date.now() / 1000),
      ath: base64url(await crypto.subtle.digest('SHA-256', utf8(secret))),
      nonce,
    };
    const signed = part({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk }) + '.' + part(claims);
    const how = { name: 'ECDSA', hash: 'SHA-256' };
    return signed + '.' + base64url(await crypto.subtle.sign(how, key.privateKey, utf8(signed)));
  },
};
`;
