// The end: here, or after the authorization server has ended its session.

import { el } from './draw.js';
import { app } from './page.js';

/** Remembers that this app asked, by a `state` that nobody else knows. */
export function leaves() {
  const state = crypto.randomUUID();
  sessionStorage.setItem('signed-out', state);
  return state;
}

/** Anybody can link to this page. It says that the server has signed out only to the browser that asked for it. */
export function signedOut() {
  const asked = sessionStorage.getItem('signed-out');
  sessionStorage.removeItem('signed-out');
  if (asked === null || asked !== new URLSearchParams(location.search).get('state')) {
    return goodbye('This app did not ask to be signed out, so nothing has changed at the authorization server.');
  }
  goodbye('This app has forgotten its tokens, and the authorization server has ended the session: the next app asks who you are.');
}

export function goodbye(said) {
  app.replaceChildren(el('h1', {}, 'Signed out'), el('p', { id: 'signed-out' }, said),
    el('p', {}, el('a', { class: 'button', href: '/', target: '_top' }, 'Back to the launcher')));
}
