// The end: here, or after the authorization server has ended its session.

import { el } from './draw.js';
import { app } from './page.js';

export function signedOut() {
  goodbye('This app has forgotten its tokens, and the authorization server has ended the session: the next app asks who you are.');
}

export function goodbye(said) {
  app.replaceChildren(el('h1', {}, 'Signed out'), el('p', { id: 'signed-out' }, said),
    el('p', {}, el('a', { class: 'button', href: '/', target: '_top' }, 'Back to the launcher')));
}
