/**
 * The key of the browser's session, as a script for the pages. It is made by the browser and cannot be read out, by
 * this page or by any other: what takes this server's port while it is down can have it used as long as its own page
 * is open, and cannot take it away. `make` answers null where the browser has no such keys: on a page that came by
 * HTTP from another machine, or where it keeps no data.
 */
const KEY_SCRIPT = `
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

/** Where a browser keeps its token: what stands there is one origin's, and so one port's. */
export const TOKEN_KEY = 'toehold:token';

/**
 * What both pages know of the browser's session, as a script. `ask` sends the token, and a proof where the session is
 * bound to a key. `who` answers with the viewer, with null where the server wants another token, and asks again while
 * the server is starting.
 */
export const SESSION_SCRIPT = `${KEY_SCRIPT}
const fetchPlain = globalThis.fetch.bind(globalThis);

/** A server takes a nonce for some minutes: an old one costs a second request, which browsers tell of as an error. */
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
  /** Takes the place of the session that was there, which ends. */
  async keep(token, key) {
    const before = session.token();
    if (key) await browserKey.keep(token, key);
    localStorage.setItem('${TOKEN_KEY}', token);
    if (before) await session.post('/logout', {}, before).catch(() => {});
    await browserKey.forgetOthers(token);
  },
  /** Another page of this browser may have logged in again meanwhile: that session stays. */
  async forget(token) {
    if (token !== session.token()) return;
    localStorage.removeItem('${TOKEN_KEY}');
    await browserKey.forgetOthers(null);
  },

  /** Fetches a path of this server; where the server wants its newest nonce in the proof, once more. */
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

  /** What a WebSocket says first. */
  async connectionParams(path) {
    const token = session.token();
    if (!token) return {};
    const key = await browserKey.of(token);
    if (!key) return { authorization: 'Bearer ' + token };
    // It gets no second try.
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
