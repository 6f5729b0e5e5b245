// SMART App Launch 2.2 for a public app, step by step. Every exchange is recorded, so that the page can show it.

import meanings from './meanings.js';

export const exchanges = [];

/** Who speaks to whom, with the real bytes. `from` and `to` are for the picture. */
export function record(from, to, title, request, response = '') {
  exchanges.push({ from, to, title, request, response });
}

/** A request whose answer is read as JSON. It never throws: where no answer comes, the status is 0. */
export async function call(to, title, url, { method = 'GET', headers = {}, body, json } = {}) {
  if (json) {
    headers = { ...headers, 'content-type': 'application/json' };
    body = JSON.stringify(json);
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const shown = body === undefined ? '' : `\n\n${String(body).replaceAll('&', '\n&')}`;
  const request = [`${method} ${url}`, ...lines].join('\n') + shown;
  const asked = `${method} ${url}`;
  let response, text;
  try {
    response = await fetch(url, { method, headers, body, cache: 'no-store' });
    text = await response.text();
  } catch (error) {
    record('App', to, title, request, `no answer\n\n${error.message}`);
    return { ok: false, status: 0, asked, why: error.message };
  }
  const simulated = response.headers.get('admit-simulated');
  if (simulated) dispatchEvent(new CustomEvent('simulated', { detail: simulated }));
  let value;
  try { value = JSON.parse(text); } catch { value = undefined; }
  const answered = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  record('App', to, title, request, [`${response.status} ${response.statusText}`, ...answered].join('\n') + `\n\n${pretty(value ?? text)}`);
  const [nonce, challenge] = ['dpop-nonce', 'www-authenticate'].map(name => response.headers.get(name) ?? '');
  return { ok: response.ok, status: response.status, asked, value, nonce, challenge };
}

/** The same with a proof, where the launch has a key, and once more where the server wants a nonce of its own in it (RFC 9449 §8, §9). */
async function proved(launch, to, title, url, { headers, method = 'GET', body }, token) {
  const ask = async nonce => call(to, title, url, {
    method, body, headers: launch.holder ? { ...headers, dpop: await launch.holder.proof(method, url, token, nonce) } : headers,
  });
  const answer = await ask();
  const again = launch.holder && answer.nonce && /use_dpop_nonce/.test(`${answer.value?.error} ${answer.challenge}`);
  return again ? ask(answer.nonce) : answer;
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };

/** What a status means to an app: the exact one, or its hundred. */
const meaning = status => meanings[status] ?? meanings[`${Math.floor(status / 100)}xx`] ?? meanings['4xx'];

/** What went wrong, in three parts: the status, what the server said about it, and what that means. Nothing if all is well. */
export function trouble({ ok, status, value, why }, isWhatWasAsked = Boolean) {
  if (ok && isWhatWasAsked(value)) return undefined;
  const said = value?.issue?.[0]?.diagnostics ?? value?.issue?.[0]?.details?.text
    ?? [value?.error, value?.error_description].filter(Boolean).join(': ');
  return { status: status ? String(status) : 'no answer', said: said || why || '', means: meaning(status) };
}

/** The same on one line. */
export const inWords = ({ status, said, means }) => [status, said, means].filter(Boolean).join(': ').replace(/\.: /g, '. ');

export const pretty = value => typeof value === 'string' ? value : JSON.stringify(value, null, 2);

// ---- Before the sign-in ----

/** Where to sign in and where tokens come from: the FHIR server says so itself. */
export async function discover(iss) {
  const url = `${iss.replace(/\/$/, '')}/.well-known/smart-configuration`;
  const answer = await call('FHIR server', 'Who issues tokens for you?', url, { headers: { accept: 'application/json' } });
  const wrong = trouble(answer, document => document?.token_endpoint && document.authorization_endpoint);
  if (wrong) throw new Error(`GET ${url}: ${answer.ok ? `${answer.status}: this is no SMART configuration, since it names no endpoints.` : inWords(wrong)}`);
  return answer.value;
}

/** The request, sent ahead (RFC 9126): back comes a reference for the browser. */
export const push = (launch, parameters) => proved(launch, 'Authorization server', 'Keep this request for a moment', launch.par_endpoint, {
  method: 'POST', headers: FORM, body: new URLSearchParams(parameters).toString(),
});

/** A secret that stays here, and its hash for the way through the browser (RFC 7636). */
export async function pkce() {
  if (!crypto.subtle) throw new Error('Browsers have cryptography for https: and for this machine alone, so this app cannot run here. The apps that run on a server can.');
  const verifier = random();
  const challenge = base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  return { verifier, challenge };
}

export const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

// ---- After it ----

export const exchangeCode = (launch, code) => proved(launch, 'Authorization server', 'A code for a token', launch.token_endpoint, {
  method: 'POST',
  headers: FORM,
  body: new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: launch.redirect_uri,
    client_id: launch.client_id,
    code_verifier: launch.verifier,
  }).toString(),
});

export const refresh = (launch, refresh_token) => proved(launch, 'Authorization server', 'A new token for the refresh token', launch.token_endpoint, {
  method: 'POST',
  headers: FORM,
  body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id: launch.client_id }).toString(),
});

export const revoke = (launch, token) => call('Authorization server', 'This token is given back', launch.revocation_endpoint, {
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({ token, client_id: launch.client_id }).toString(),
});

/** A read is good if FHIR came; otherwise `wrong` says what went wrong. */
export async function read(launch, token, path, title) {
  const url = `${launch.iss.replace(/\/$/, '')}/${path}`, scheme = launch.holder ? 'DPoP' : 'Bearer';
  const headers = { ...(token ? { authorization: `${scheme} ${token}` } : {}), accept: 'application/fhir+json' };
  const answer = await (token ? proved(launch, 'FHIR server', title, url, { headers }, token) : call('FHIR server', title, url, { headers }));
  return { ...answer, wrong: trouble(answer, value => value?.resourceType) };
}

/** Each thing that must be true of an id_token, and whether it is (OpenID Connect Core, 3.1.3.7). */
export async function judgeIdToken(launch, token, accessToken) {
  const [head, payload, signature] = token.split('.');
  const header = fromBase64url(head), claims = fromBase64url(payload);
  const keys = await call('Authorization server', 'Which keys do you sign with?', launch.jwks_uri);
  const jwk = keys.value?.keys?.find(key => key.kid === header.kid && key.kty === 'RSA');
  let signed = false;
  if (jwk && header.alg === 'RS256') {
    const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
    const key = await crypto.subtle.importKey('jwk', jwk, algorithm, false, ['verify']);
    signed = await crypto.subtle.verify(algorithm, key, bytes(signature), new TextEncoder().encode(`${head}.${payload}`));
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken)));
  const now = Date.now() / 1000;
  const checks = [
    ['The signature is good: RS256, with the key that the server publishes', signed],
    ['iss is the issuer that discovery named', claims.iss === launch.issuer],
    ['aud is this app', [claims.aud].flat().includes(launch.client_id)],
    ['exp is ahead', claims.exp > now - 60],
    ['iat is behind', claims.iat < now + 60],
    ['nonce is the one that was sent', claims.nonce === launch.nonce],
    ['at_hash fits the access token beside it', !claims.at_hash || claims.at_hash === base64url(digest.slice(0, 16))],
  ];
  return { header, claims, checks, wrong: trouble(keys, set => Array.isArray(set?.keys)) };
}

// ---- Scopes ----

/** What became of each scope: kept, narrowed to less, or dropped. */
export function compare(asked, granted) {
  const given = granted.split(' ').filter(Boolean);
  return asked.split(/\s+/).filter(Boolean).map(scope => {
    if (given.includes(scope)) return { scope, outcome: 'kept', left: [] };
    const left = given.filter(other => isPartOf(parse(other), parse(scope)));
    return { scope, outcome: left.length ? 'narrowed' : 'dropped', left };
  });
}

const V1 = { read: 'rs', write: 'cud', '*': 'cruds' };

function parse(scope) {
  const found = /^(patient|user|system)\/([A-Za-z]+|\*)\.([a-z*]+)/.exec(scope);
  return found && { level: found[1], type: found[2], permissions: V1[found[3]] ?? found[3] };
}

const isPartOf = (small, large) => small && large && small.level === large.level
  && (large.type === '*' || large.type === small.type)
  && [...small.permissions].some(permission => large.permissions.includes(permission));

// ---- base64url ----

export const base64url = data => btoa(String.fromCharCode(...new Uint8Array(data)))
  .replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
const bytes = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), c => c.charCodeAt(0));
const fromBase64url = text => JSON.parse(new TextDecoder().decode(bytes(text)));
