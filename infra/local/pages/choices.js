// What an app may do beyond what SMART asks of it, where discovery says that the server takes it.

import * as smart from './smart.js';
import { el, step, facts, raw } from './draw.js';
import { Holder } from './bound.js';

const PUSH = 'From the app to the server, and not through the address bar: nobody on the way reads or changes it, and it may be longer than an address. The browser carries a reference, good once and for a short time (PAR, RFC 9126).';
const BIND = 'The browser makes a key that nobody can copy, and the token names it. Each request brings a proof by that key, so a thief of the token alone can do nothing with it (DPoP, RFC 9449).';

/** `changed` is told that the request is another one now. */
export function choices(found, state, changed) {
  let holder;
  const offered = (id, is, title, why, act = async () => {}) => {
    if (!is) return undefined;
    const box = el('input', { type: 'checkbox', id });
    box.addEventListener('change', async () => { await act(box.checked); changed(); });
    return { box, drawn: el('label', { class: 'choice' }, box, el('span', { class: 'choice-body' }, el('span', { class: 'choice-title' }, title), el('span', { class: 'explanation' }, why))) };
  };
  const push = offered('push', found.pushed_authorization_request_endpoint, 'Send the request ahead', PUSH);
  const bind = offered('bind', found.dpop_signing_alg_values_supported?.includes('ES256'), 'Bind the token to a key', BIND, async isWanted => {
    holder = isWanted ? await Holder.make() : undefined;
    await holder?.keep(state);
  });
  const both = [push, bind].filter(Boolean).map(({ drawn }) => drawn);
  return {
    drawn: both.length ? el('fieldset', { class: 'rows', id: 'choices' }, el('legend', {}, 'What else this server takes'), el('div', {}, ...both)) : '',
    isPushed: () => push?.box.checked ?? false,
    holder: () => holder,
  };
}

/** Sends the request ahead. The address for the browser, and what there is to show; or why not. */
export async function pushed(launch, found, given) {
  const parameters = Object.fromEntries(Object.entries(given).map(([name, [value]]) => [name, value]));
  const answer = await smart.push({ ...launch, par_endpoint: found.pushed_authorization_request_endpoint }, parameters);
  const wrong = smart.trouble(answer, value => value?.request_uri);
  if (wrong) return { drawn: step('push', 'The request was not taken', { failed: true, outcome: smart.inWords(wrong), body: [raw('The answer', answer.value ?? '')] }) };
  const { request_uri, expires_in } = answer.value;
  const url = new URL(found.authorization_endpoint);
  for (const [name, value] of Object.entries({ client_id: launch.client_id, request_uri })) url.searchParams.set(name, value);
  const drawn = step('push', 'The request was sent ahead', {
    outcome: `kept for ${expires_in} seconds`,
    body: [facts({
      request_uri: [request_uri, 'Stands for the whole request. It is good with this client_id, and once.'],
      expires_in: [String(expires_in), 'Seconds in which the browser must bring it.'],
    }), raw('The address that the browser gets', url.href)],
  });
  return { location: url.href, drawn };
}
