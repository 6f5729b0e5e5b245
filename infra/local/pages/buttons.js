// What can be done with a token once it is there: renew it, ask about it, use it, give it back, forget it.

import * as smart from './smart.js';
import { el, step, code, raw, timeline } from './draw.js';
import { client } from './page.js';
import { goodbye, leaves } from './signed-out.js';
import { thief } from './thief.js';

/** `reread` draws again what depends on the token. */
export function buttons(launch, token, story, picture, reread) {
  const done = (name, title, outcome, ...body) => {
    story.querySelector(`[data-step="${name}"]`)?.remove();
    const drawn = step(name, title, { outcome, open: true, body });
    story.append(drawn);
    picture.replaceChildren(timeline(smart.exchanges));
    drawn.scrollIntoView({ block: 'nearest' });
  };
  const button = (id, label, act) => {
    const made = el('button', { type: 'button', id }, label);
    made.addEventListener('click', async () => {
      made.disabled = true;
      try { await act(); } catch (error) { done(id, label, error.message); }
      made.disabled = false;
    });
    return made;
  };
  const refresh = button('refresh', 'Refresh the token', async () => {
    const answer = await smart.refresh(launch, token.refresh_token);
    const wrong = smart.trouble(answer, value => value?.access_token);
    if (wrong) return done('refresh', 'A new token', refusal(answer, wrong), meaning(wrong, REFRESH), raw('The answer', answer.value ?? ''));
    Object.assign(token, answer.value);
    const used = answer.value.refresh_token ? 'the old refresh token is used up' : 'the refresh token stays';
    done('refresh', 'A new token', `${used}; everything is read again`, raw('The answer', answer.value));
    await reread();
  });
  refresh.disabled = !token.refresh_token;
  return el('section', { class: 'card compact', 'aria-label': 'Try' }, el('div', { class: 'actions row' }, ...[
    refresh,
    button('introspect', 'Introspect the token', async () => {
      const { status, value } = await smart.call('App’s server', 'What is this token worth?', client.introspect, { method: 'POST', json: { token: token.access_token } });
      const answered = value?.status ?? status;
      const known = answered === 200 && typeof value?.body?.active === 'boolean';
      done('introspect', 'What the FHIR server learns about the token', !known ? `not known: ${answered || 'no answer'}` : value.body.active ? 'active' : `not active (${answered})`,
        el('p', {}, 'Asked by the server with the credentials of ', code(value?.caller ?? '?'), ', as the FHIR server does before each answer.'), raw('The answer', value?.body ?? {}));
    }),
    button('read-again', 'Read the patient again', async () => {
      const { status, value, wrong } = await smart.read(launch, token.access_token, `Patient/${token.patient}`, 'The patient again');
      done('read-again', 'The patient again', wrong ? said(wrong) : String(status), wrong ? meaning(wrong) : '', raw('The answer', value ?? ''));
    }),
    button('read-ungranted', 'Read something not granted', async () => {
      const { status, value, wrong } = await smart.read(launch, token.access_token, 'DocumentReference?_count=1', 'Something that was not granted');
      done('read-ungranted', 'Something that was not granted', wrong ? said(wrong) : `${status}: it was answered`, wrong ? meaning(wrong) : '', raw('The answer', value ?? ''));
    }),
    launch.holder && button('thief', 'Try as a thief', async () => done('thief', ...await thief(launch, token))),
    button('revoke', 'Revoke', async () => {
      const answer = await smart.revoke(launch, token.refresh_token ?? token.access_token);
      // RFC 7009 §2.2: 200, with nothing in it.
      const wrong = smart.trouble(answer, () => true);
      if (wrong) return done('revoke', 'The token is not given back', said(wrong), meaning(wrong, REVOKE));
      done('revoke', 'The token is given back', `${answer.status}: whatever came of this sign-in is worth nothing now`, el('p', {}, 'Now introspect it, read the patient again, or refresh.'));
    }),
    button('sign-out', 'Sign out', () => signOut(launch, token))].filter(Boolean)));
}

const REFRESH = {
  invalid_grant: 'The refresh token is used up, expired or taken back: only a new sign-in helps.',
  invalid_client: 'The server does not take this app for the one that the token was given to.',
};
const REVOKE = {};

const said = ({ status, said }) => said ? `${status}: ${said}` : status;
const refusal = ({ status, value }, wrong) => status >= 400 && status < 500 ? `refused: ${status} ${value?.error ?? ''}` : `not known: ${wrong.status}`;
const meaning = ({ status, said, means }, errors = {}) => {
  const known = Object.keys(errors).find(error => said.startsWith(error));
  // What 400 and 401 mean at a FHIR server they do not mean at a token endpoint, where the error says it.
  const words = known ? errors[known] : errors === REFRESH && /^4/.test(status) ? 'The authorization server refuses this request.' : means;
  return el('p', { class: 'means' }, words);
};

/** The app forgets its tokens. Whether the server forgets the person is the server's to do, where it offers that. */
function signOut(launch, token) {
  if (launch.end_session_endpoint) {
    const url = new URL(launch.end_session_endpoint);
    url.searchParams.set('client_id', launch.client_id);
    url.searchParams.set('post_logout_redirect_uri', client.signedOutUri);
    url.searchParams.set('state', leaves());
    if (token.id_token) url.searchParams.set('id_token_hint', token.id_token);
    // Like all pages of the server, this one refuses to be framed.
    if (window.top === window) return location.assign(url);
    window.open(url, '_blank');
  }
  for (const name of Object.keys(token)) delete token[name];
  smart.exchanges.length = 0;
  goodbye('This app has forgotten its tokens, and what it read with them. They are good until they expire; Revoke would have ended them.');
}
