/**
 * The key of the browser's session, as a script for the pages. The browser creates it, and no page can read it: a program
 * that takes the port of this server while it is down can use the key while its own page is open, but cannot copy it.
 * `make` returns null if the browser does not support this: over HTTP from another machine, or if it stores no data.
 */
const KEY_SCRIPT = `
const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const utf8 = (text) => new TextEncoder().encode(text);
const part = (value) => base64url(utf8(JSON.stringify(value)));

const browserKey = {
  // Each session has its own key: an older one may belong to another person.
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
      // Some browsers create keys but cannot store them.
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

  /** Deletes all keys except that of the token; without a token, all. */
  forgetOthers: (token) =>
    browserKey
      .inStore('readwrite', (store) => {
        if (!token) return store.clear();
        store.delete(IDBKeyRange.upperBound(browserKey.idOf(token), true));
        return store.delete(IDBKeyRange.lowerBound(browserKey.idOf(token), true));
      })
      .catch(() => {}),

  /** Creates a proof that the browser has the key, valid once and only for this request (DPoP, RFC 9449). */
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

/** Where a browser stores its token, separately for each origin, and so for each port. */
export const TOKEN_KEY = 'toehold:token';

/**
 * The browser's session, as a script for both pages. `ask` sends the token, and a proof if the session is bound to a
 * key. `who` returns the viewer, or null if the token is not valid; it repeats the request while the server starts.
 */
export const SESSION_SCRIPT = `${KEY_SCRIPT}
const fetchPlain = globalThis.fetch.bind(globalThis);

/** A nonce is valid for some minutes. An old one costs a second request, and browsers log the first as an error. */
const nonce = {
  text: '',
  until: 0,
  note({ headers }) {
    const found = headers.get('dpop-nonce');
    if (found) Object.assign(nonce, { text: found, until: performance.now() + 60000 });
  },
  async fresh() {
    if (performance.now() >= nonce.until) nonce.note(await fetchPlain('/login', { method: 'HEAD' }));
    return nonce.text;
  },
};

const session = {
  token: () => localStorage.getItem('${TOKEN_KEY}'),
  /** Replaces and ends the session that was there. */
  async keep(token, key) {
    const before = session.token();
    if (key) await browserKey.keep(token, key);
    localStorage.setItem('${TOKEN_KEY}', token);
    if (before) await session.post('/logout', {}, before).catch(() => {});
    await browserKey.forgetOthers(token);
  },
  /** Does nothing if another page of this browser has logged in since. */
  async forget(token) {
    if (token !== session.token()) return;
    localStorage.removeItem('${TOKEN_KEY}');
    await browserKey.forgetOthers(null);
  },

  /** Fetches a path of this server; repeats the request once if the server requires a newer nonce. */
  async fetch(path, request, secret, key, more) {
    for (let again = true; ; again = false) {
      const headers = new Headers(request.headers);
      for (const [name, value] of Object.entries(more)) headers.set(name, value);
      const { method = 'GET' } = request;
      if (key) {
        const about = { method, path, secret, nonce: await nonce.fresh() };
        headers.set('dpop', await browserKey.prove(key, about));
      }
      const response = await fetchPlain(path, { ...request, headers });
      nonce.note(response);
      const wanted = response.headers.get('www-authenticate') ?? '';
      if (!again || !key || response.status !== 401 || !wanted.includes('use_dpop_nonce')) return response;
    }
  },
  async ask(path, request, token = session.token()) {
    if (!token) return session.fetch(path, request, '', null, {});
    const key = await browserKey.of(token);
    return session.fetch(path, request, token, key, { authorization: (key ? 'DPoP ' : 'Bearer ') + token });
  },
  jsonOf: (body) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  }),
  post: (path, body, token) => session.ask(path, session.jsonOf(body), token),

  /** The parameters with which a WebSocket begins. */
  async connectionParams(path) {
    const token = session.token();
    if (!token) return {};
    const key = await browserKey.of(token);
    if (!key) return { authorization: 'Bearer ' + token };
    // It cannot be repeated.
    nonce.until = 0;
    const about = { method: 'GET', path, secret: token, nonce: await nonce.fresh() };
    const dpop = await browserKey.prove(key, about);
    return { authorization: 'DPoP ' + token, dpop };
  },

  async who(token) {
    for (;;) {
      const response = await session.post('/graphql', { query: '{ viewer { name role } }' }, token);
      if (response.status === 401 || response.status === 429) return null;
      if (response.ok) return (await response.json()).data.viewer;
      if (response.status !== 503) throw new Error('The server answered ' + response.status);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  },
};
`;
