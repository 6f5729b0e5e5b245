// What came with the token: who signed in, which scopes were granted, and what was open in the EHR.

import * as smart from './smart.js';
import { el, step, facts, code, raw, checks } from './draw.js';
import { client } from './page.js';

export async function identity(launch, token) {
  const { header, claims, checks: judged, wrong } = await smart.judgeIdToken(launch, token.id_token, token.access_token);
  const good = judged.every(([, passed]) => passed);
  const bad = wrong ? `not verified, since the keys could not be read: ${wrong.status}` : 'not to be trusted';
  const drawn = step('identity', 'The id_token says who signed in', {
    failed: !good,
    outcome: good ? `verified: ${claims.fhirUser ?? claims.sub}` : bad,
    body: [wrong ? el('p', { class: 'means' }, `GET ${launch.jwks_uri}: ${smart.inWords(wrong)}`) : '', checks(judged), facts({
      sub: [claims.sub, 'This person at this issuer, for ever.'],
      ...(claims.fhirUser && { fhirUser: [claims.fhirUser, 'This person in the health record.'] }),
    }), raw('Header and claims', { header, claims })],
  });
  return { step: drawn, fhirUser: good && claims.fhirUser };
}

export function scopes(launch, token) {
  const compared = smart.compare(launch.asked, token.scope ?? launch.asked);
  const count = outcome => compared.filter(row => row.outcome === outcome).length;
  const row = ({ scope, outcome, left }) => el('tr', { 'data-scope': scope, 'data-outcome': outcome },
    el('td', {}, code(scope)), el('td', {}, el('span', { class: `outcome ${outcome}` }, outcome)), el('td', {}, ...left.map(code)));
  return step('scopes', 'What was asked and what was granted', {
    outcome: `${count('kept')} kept, ${count('narrowed')} narrowed, ${count('dropped')} dropped`,
    body: [el('p', {}, 'An app gets no more than it is registered for, no more than you agreed to, and must read here what that was.'),
      el('div', { class: 'scroll' }, el('table', { class: 'grid' }, el('thead', {}, el('tr', {}, ...['Asked', 'Outcome', 'Left of it'].map(name => el('th', {}, name)))), el('tbody', {}, ...compared.map(row)))),
      raw('Registered for', client.registered)],
  });
}

const CONTEXT = {
  patient: 'The patient that is open. The app never asks whose record it is.',
  encounter: 'The visit that is open.',
  fhirContext: 'Other things that are open, each with its role.',
  need_patient_banner: 'false: the EHR shows name and birth date already.',
  intent: 'What the user wants to do.',
  smart_style_url: 'How the app should look.',
  tenant: 'Which organization.',
};

export function context(launch, token) {
  const given = Object.keys(CONTEXT).filter(name => token[name] !== undefined);
  return step('context', launch.is_ehr ? 'What was open in the EHR' : 'What was chosen', {
    outcome: given.length ? given.join(', ') : 'nothing',
    body: [facts(Object.fromEntries(given.map(name => [name, [smart.pretty(token[name]), CONTEXT[name]]])))],
  });
}
