// Somebody else with the token: what they can do with it, if it is bound to a key.

import * as smart from './smart.js';
import { el, code } from './draw.js';
import { Holder } from './bound.js';

/** Title, outcome, and what to show. The app's own request goes first, so that the thief has a proof to send again. */
export async function thief(launch, token) {
  const url = `${launch.iss.replace(/\/$/, '')}/Patient/${token.patient ?? ''}`;
  const send = (title, scheme, dpop) => smart.call('FHIR server', title, url, { headers: { accept: 'application/fhir+json', authorization: `${scheme} ${token.access_token}`, ...(dpop && { dpop }) } });
  const heard = await launch.holder.proof('GET', url, token.access_token);
  await send('The app reads, and somebody listens', 'DPoP', heard);
  const own = await (await Holder.make()).proof('GET', url, token.access_token);
  const tries = [
    ['as a Bearer token, without a proof', await send('A thief: as a Bearer token', 'Bearer')],
    ['with a proof by a key of their own', await send('A thief: a key of their own', 'DPoP', own)],
    ['with the proof that the app has just sent', await send('A thief: the proof that they heard', 'DPoP', heard)],
  ];
  const row = ([what, answer]) => el('tr', { 'data-status': String(answer.status) }, el('td', {}, what),
    el('td', {}, el('span', { class: `outcome ${answer.status === 401 ? 'kept' : 'dropped'}` }, answer.status === 401 ? 'refused, 401' : String(answer.status || 'no answer'))), el('td', {}, smart.trouble(answer)?.said ?? ''));
  const refused = tries.filter(([, { status }]) => status === 401).length;
  return ['What somebody else can do with the token', `${refused} of ${tries.length} refused`,
    el('p', {}, 'They have the token, and have heard a whole request. They do not have the key: ', code('cnf.jkt'), ' in the token names it.'),
    el('div', { class: 'scroll' }, el('table', { class: 'grid' }, el('tbody', {}, ...tries.map(row))))];
}
