// The launch URL: opened by an EHR or by somebody, the app asks who issues tokens, and asks for one.

import * as smart from './smart.js';
import { el, step, facts, raw } from './draw.js';
import { app, client, stored } from './page.js';
import { parameters } from './request.js';
import { inWindow } from './framed.js';
import { choices, pushed } from './choices.js';

const query = new URLSearchParams(location.search);

export async function launch() {
  const iss = query.get('iss'), handle = query.get('launch');
  if (!iss) throw new Error('The address has no `iss`, so the app does not know whose records to ask for.');
  if (handle) smart.record('EHR', 'Authorization server', 'Remember what is open, and give me a launch value for it', 'POST …/launchContext\n\nThe app sees none of this. The launcher’s page shows the bytes under “The EHR’s request”.');
  smart.record('EHR', 'App', handle ? 'Open this app for what is on the screen' : 'Open this app', `GET ${location.href}`);
  app.append(
    el('h1', {}, 'Opened, not yet signed in'),
    el('p', { class: 'lead' }, 'This app stops at each step to show it. A real one would have sent you on already.'),
    step('launch', handle ? 'The EHR opened the app' : 'The app was opened on its own', {
      outcome: handle ? 'with iss and launch' : 'with iss alone: a standalone launch',
      body: [facts({
        iss: [iss, 'The FHIR server. Everything else is asked from there.'],
        ...(handle && { launch: [handle, 'Stands for what is open in the EHR. Only the authorization server knows what that is; it can be used once.'] }),
      })],
    }));
  const found = await smart.discover(iss);
  app.append(step('discovery', 'The FHIR server says who issues tokens', {
    outcome: found.issuer,
    body: [facts({
      authorization_endpoint: [found.authorization_endpoint, 'Where the user signs in and agrees.'],
      token_endpoint: [found.token_endpoint, 'Where the app exchanges its code.'],
      jwks_uri: [found.jwks_uri, 'The keys that id_tokens are verified with.'],
      capabilities: [found.capabilities?.join(' '), 'What this server can do, in the words of SMART.'],
    }), raw('The whole document', found)],
  }));
  await authorize(iss, handle, found);
}

/** What an app like this one needs, and at the end more than it is registered for, to show what becomes of that. */
function wish(handle) {
  const level = client.registered.includes('user/') ? ['user/Practitioner.rs'] : [];
  return [handle ? 'launch' : 'launch/patient', 'openid', 'fhirUser', 'offline_access',
    'patient/Patient.rs', 'patient/Encounter.rs', 'patient/Condition.rs', 'patient/Observation.rs',
    'patient/MedicationRequest.rs', 'patient/AllergyIntolerance.rs', ...level,
    'patient/Immunization.cruds', 'patient/Goal.cud'].join(' ');
}

async function authorize(iss, handle, found) {
  const { verifier, challenge } = await smart.pkce();
  const [state, nonce] = [smart.random(), smart.random()];
  const scope = el('textarea', { id: 'scope', rows: 5, spellcheck: false, 'aria-label': 'Scopes asked for' }, wish(handle));
  const explained = el('div'), ahead = el('div'), actions = el('p', { class: 'actions row' });
  const go = el('a', { class: 'button primary', id: 'continue' }, 'Continue to sign in');
  const send = el('button', { type: 'button', class: 'primary', id: 'send' }, 'Send the request ahead');
  const wanted = () => scope.value.trim().split(/\s+/).join(' ');
  let given;
  const more = choices(found, state, () => draw());
  const draw = async () => {
    ahead.replaceChildren();
    const jkt = await more.holder()?.thumbprint();
    given = parameters({ client, iss, handle, scope: wanted(), state, nonce, challenge, jkt });
    const url = new URL(found.authorization_endpoint);
    for (const [name, [value]] of Object.entries(given)) url.searchParams.set(name, value);
    go.href = url;
    actions.replaceChildren(more.isPushed() ? send : go);
    explained.replaceChildren(facts(given), more.isPushed() ? '' : raw('The address as it is', url.href));
  };
  const begun = () => ({
    iss, state, nonce, verifier, client_id: client.clientId, redirect_uri: client.redirectUri, asked: wanted(),
    issuer: found.issuer, token_endpoint: found.token_endpoint, jwks_uri: found.jwks_uri,
    revocation_endpoint: found.revocation_endpoint, end_session_endpoint: found.end_session_endpoint, is_ehr: Boolean(handle),
    bound: Boolean(more.holder()),
  });
  // Then the browser carries a reference to it, and nothing else.
  send.addEventListener('click', async () => {
    const { location, drawn } = await pushed({ ...begun(), holder: more.holder() }, found, given);
    ahead.replaceChildren(drawn);
    if (!location) return;
    go.href = location;
    actions.replaceChildren(go);
    go.focus();
  });
  scope.addEventListener('input', draw);
  await draw();
  go.addEventListener('click', event => {
    smart.record('App', 'Browser', 'Go and sign in there', `303 See Other\nLocation: ${go.href}`);
    if (window.top === window) {
      stored.put(state, { ...begun(), exchanges: smart.exchanges });
    } else {
      event.preventDefault();
      inWindow(go.href, state, { ...begun(), holder: more.holder() });
    }
  });
  app.append(step('authorize', 'The app asks you to sign in', {
    open: true,
    outcome: 'each parameter has its reason',
    body: [el('div', { class: 'field' }, el('label', { for: 'scope' }, 'Scopes asked for'),
      el('p', { class: 'hint' }, 'Change them and see what becomes of it. The last two are more than this app is registered for, on purpose.'), scope),
    more.drawn, actions, ahead, explained],
  }));
  go.focus({ preventScroll: true });
}
