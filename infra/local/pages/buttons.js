// What can be done with a token once it is there: renew it, ask about it, use it, give it back, forget it.

import * as smart from './smart.js';
import { el, step, code, raw, timeline } from './draw.js';
import { client } from './page.js';
import { goodbye, leaves } from './signed-out.js';

export function buttons(launch, token, story, picture) {
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
    const { ok, status, value } = await smart.refresh(launch, token.refresh_token);
    if (ok) Object.assign(token, value);
    done('refresh', 'A new token', ok ? 'the old refresh token is used up' : `refused: ${status} ${value?.error ?? ''}`, raw('The answer', value));
  });
  refresh.disabled = !token.refresh_token;
  return el('section', { class: 'card compact', 'aria-label': 'Try' }, el('div', { class: 'actions row' },
    refresh,
    button('introspect', 'Introspect the token', async () => {
      const { status, value } = await smart.call('App’s server', 'What is this token worth?', client.introspect, { method: 'POST', json: { token: token.access_token } });
      done('introspect', 'What the FHIR server learns about the token', value?.body?.active ? 'active' : `not active (${value?.status ?? status})`,
        el('p', {}, 'Asked by the server with the credentials of ', code(value?.caller ?? '?'), ', as the FHIR server does before each answer.'), raw('The answer', value?.body ?? {}));
    }),
    button('read-again', 'Read the patient again', async () => {
      const { status, value } = await smart.read(launch, token.access_token, `Patient/${token.patient}`, 'The patient again');
      done('read-again', 'The patient again', `${status}${value?.issue ? `: ${value.issue[0]?.diagnostics}` : ''}`, raw('The answer', value ?? ''));
    }),
    button('read-ungranted', 'Read something not granted', async () => {
      const { status, value } = await smart.read(launch, token.access_token, 'DocumentReference?_count=1', 'Something that was not granted');
      done('read-ungranted', 'Something that was not granted', `${status}: ${value?.issue?.[0]?.diagnostics ?? ''}`, raw('The answer', value ?? ''));
    }),
    button('revoke', 'Revoke', async () => {
      const { status } = await smart.revoke(launch, token.refresh_token ?? token.access_token);
      done('revoke', 'The token is given back', `${status}: whatever came of this sign-in is worth nothing now`, el('p', {}, 'Now introspect it, read the patient again, or refresh.'));
    }),
    button('sign-out', 'Sign out', () => signOut(launch, token))));
}

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
