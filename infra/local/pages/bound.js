// A token that is bound to a key (DPoP, RFC 9449): each request brings a proof that its sender has the key. The private half can't be
// read, not by this app either; the browser keeps it under the launch's `state` until the answer comes.

import * as smart from './smart.js';

const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const encoded = value => smart.base64url(new TextEncoder().encode(value));
const hashed = async text => smart.base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));

export class Holder {
  constructor({ privateKey, publicKey }) {
    Object.assign(this, { privateKey, publicKey });
  }

  static make = async () => new Holder(await crypto.subtle.generateKey(ES256, false, ['sign', 'verify']));

  async jwk() {
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', this.publicKey);
    return { kty, crv, x, y };
  }

  /** The name of the key (RFC 7638): its members in the order of their names. */
  async thumbprint() {
    const { kty, crv, x, y } = await this.jwk();
    return hashed(JSON.stringify({ crv, kty, x, y }));
  }

  /** Good for this one request (RFC 9449 §4.2). */
  async proof(method, url, token, nonce) {
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: await this.jwk() };
    const claims = { jti: smart.random(), htm: method, htu: url.split(/[?#]/)[0], iat: Math.floor(Date.now() / 1000) };
    if (token) claims.ath = await hashed(token);
    if (nonce) claims.nonce = nonce;
    const message = `${encoded(JSON.stringify(header))}.${encoded(JSON.stringify(claims))}`;
    return `${message}.${smart.base64url(await crypto.subtle.sign(ES256, this.privateKey, new TextEncoder().encode(message)))}`;
  }

  keep = state => inStore('readwrite', store => store.put({ privateKey: this.privateKey, publicKey: this.publicKey }, state));

  /** The one that was kept, which is kept no longer. */
  static async take(state) {
    const pair = await inStore('readonly', store => store.get(state));
    await inStore('readwrite', store => store.delete(state));
    return pair && new Holder(pair);
  }
}

/** A text could not hold a key that can't be read; the browser's own database can. */
function inStore(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('sample-app', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const asked = act(opening.result.transaction('keys', mode).objectStore('keys'));
      asked.onsuccess = () => { opening.result.close(); resolve(asked.result); };
      asked.onerror = () => { opening.result.close(); reject(asked.error); };
    };
  });
}
