// The sample app's page: it runs the steps of smart.js one after the other and draws each as it happens.

import * as smart from './smart.js';
import { el, step, facts, code, raw, checks, timeline } from './draw.js';
import { nameOf, reads, refused } from './record.js';

const app = document.getElementById('app');
const query = new URLSearchParams(location.search);
const client = app.dataset;

/** What must survive the way to the sign-in and back, under its `state`. Nothing else is stored. */
const stored = {
  put: (state, launch) => sessionStorage.setItem(`launch ${state}`, JSON.stringify(launch)),
  take(state) {
    const text = sessionStorage.getItem(`launch ${state}`);
    sessionStorage.removeItem(`launch ${state}`);
    return text && JSON.parse(text);
  },
};

function problem(title, ...text) {
  return el('div', { class: 'notice danger', id: 'problem', role: 'alert' },
    el('h2', {}, title), el('p', {}, ...text), el('p', {}, el('a', { href: '/', target: '_top' }, 'Back to the launcher')));
}

// ---- Page 1: opened by the EHR, or by somebody ----

async function launch() {
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
  const explained = el('div'), go = el('a', { class: 'button primary', id: 'continue' }, 'Continue to sign in');
  const parameters = () => ({
    response_type: ['code', 'Send a code, not a token: codes are useless to whoever reads them on the way.'],
    client_id: [client.clientId, 'Which app this is.'],
    redirect_uri: [client.redirectUri, 'Where the answer goes. It must be registered, character by character.'],
    ...(handle && { launch: [handle, 'Back to the server that knows what it stands for.'] }),
    scope: [scope.value.trim().split(/\s+/).join(' '), 'What the app would like to do. You may be given less.'],
    state: [state, 'A random value that must come back: nobody else can have started this.'],
    aud: [iss, 'The FHIR server that the token is for. A token for one is worth nothing at another.'],
    code_challenge: [challenge, 'The hash of a secret that stays in this tab: only this app can use the code (PKCE).'],
    code_challenge_method: ['S256', 'The hash is SHA-256.'],
    nonce: [nonce, 'Must appear in the id_token, so that no old one passes for new.'],
  });
  const draw = () => {
    const given = parameters();
    const url = new URL(found.authorization_endpoint);
    for (const [name, [value]] of Object.entries(given)) url.searchParams.set(name, value);
    go.href = url;
    explained.replaceChildren(facts(given), raw('The address as it is', url.href));
  };
  scope.addEventListener('input', draw);
  draw();
  go.addEventListener('click', event => {
    const given = parameters();
    smart.record('App', 'Browser', 'Go and sign in there', `303 See Other\nLocation: ${go.href}`);
    const begun = {
      iss, state, nonce, verifier, client_id: client.clientId, redirect_uri: client.redirectUri, asked: given.scope[0],
      issuer: found.issuer, token_endpoint: found.token_endpoint, jwks_uri: found.jwks_uri,
      revocation_endpoint: found.revocation_endpoint, is_ehr: Boolean(handle),
    };
    if (window.top === window) {
      stored.put(state, { ...begun, exchanges: smart.exchanges });
    } else {
      event.preventDefault();
      inWindow(go.href, state, begun);
    }
  });
  app.append(step('authorize', 'The app asks you to sign in', {
    open: true,
    outcome: 'each parameter has its reason',
    body: [el('div', { class: 'field' }, el('label', { for: 'scope' }, 'Scopes asked for'),
      el('p', { class: 'hint' }, 'Change them and see what becomes of it. The last two are more than this app is registered for, on purpose.'), scope),
    el('p', { class: 'actions row' }, go), explained],
  }));
  go.focus({ preventScroll: true });
}

/** In a frame: sign-in pages refuse to be framed, so they get a window, which brings the answer back. */
function inWindow(url, state, begun) {
  const channel = new BroadcastChannel(`sample-app ${state}`);
  channel.onmessage = ({ data }) => {
    channel.postMessage('thanks');
    channel.close();
    app.replaceChildren();
    attempt(() => answered(begun, data));
  };
  window.open(url, '_blank');
}

/** In that window: hand the answer over to the frame that waits for it, if there is one. */
function handOver(state, address) {
  return new Promise(resolve => {
    const channel = new BroadcastChannel(`sample-app ${state}`);
    channel.onmessage = () => resolve(true);
    setTimeout(() => resolve(false), 500);
    channel.postMessage(address);
  });
}

// ---- Page 2: the answer ----

async function callback() {
  const state = query.get('state') ?? '';
  const launch = stored.take(state);
  const address = location.href;
  // A code in the address would be in the history.
  history.replaceState(null, '', location.pathname);
  if (!launch && await handOver(state, address)) {
    app.append(el('h1', {}, 'You are signed in'), el('p', { id: 'handed-over' }, 'The app goes on where you opened it. Close this window.'));
    window.close();
    return;
  }
  if (!launch) {
    throw new Error('This answer belongs to no sign-in that this tab began, or was shown before. The app refuses it.');
  }
  smart.exchanges.push(...launch.exchanges);
  await answered(launch, address);
}

async function answered(launch, address) {
  const query = new URL(address).searchParams;
  smart.record('Browser', 'Authorization server', 'Sign in, choose, agree', 'Pages between you and the authorization server. The app sees none of it.');
  smart.record('Authorization server', 'App', query.has('error') ? 'No' : 'Here is your code', `GET ${address}`);
  const sameState = query.get('state') === launch.state;
  const sameIssuer = query.get('iss') === launch.issuer;
  const answer = step('callback', 'The authorization server answers', {
    outcome: query.get('error') ?? 'a code, and the state that was sent',
    body: [checks([['state is the one that was sent', sameState], ['iss is the issuer that discovery named (RFC 9207)', sameIssuer]]),
      facts(Object.fromEntries([...query].map(([name, value]) => [name, [value, '']])))],
  });
  if (query.has('error')) {
    app.append(el('h1', {}, 'Not signed in'), problem('The answer was no: ' + query.get('error'), query.get('error_description') ?? ''), answer, timeline(smart.exchanges));
    return;
  }
  if (!sameState) throw new Error('The answer has another state than the one that was sent. The app throws the code away.');
  if (!sameIssuer) throw new Error('The answer names another issuer than the one that was asked. The app throws the code away.');
  const exchanged = await smart.exchangeCode(launch, query.get('code'));
  if (!exchanged.ok) {
    app.append(problem(`The token endpoint said ${exchanged.status}: ${exchanged.value?.error}`, exchanged.value?.error_description ?? ''), answer, timeline(smart.exchanges));
    return;
  }
  await show(launch, exchanged.value, answer);
}

async function show(launch, token, answer) {
  const face = el('section', { class: 'card face', 'data-step': 'patient' }, el('h1', { id: 'patient-name' }, '…'));
  const story = el('div', { class: 'story' });
  const picture = el('div');
  app.append(face, actions(launch, token, story, picture), el('h2', {}, 'What happened'), story, picture);
  story.append(answer, step('token', 'The code became a token', {
    outcome: `good for ${token.expires_in} seconds${token.refresh_token ? ', with a refresh token' : ''}`,
    body: [facts({
      access_token: [token.access_token, 'What the FHIR server wants to see. To the app it is just a text.'],
      token_type: [token.token_type, 'Whoever bears it may use it, so it goes nowhere else.'],
      expires_in: [String(token.expires_in), 'Seconds.'],
      ...(token.refresh_token && { refresh_token: [token.refresh_token, 'Buys a new access token when this one is old. Each one works once.'] }),
    }), raw('The whole answer', token)],
  }));
  const who = token.id_token && await identity(launch, token);
  if (who) story.append(who.step);
  story.append(scopes(launch, token), context(launch, token));
  await patient(launch, token, face);
  if (who?.fhirUser) await user(launch, token, who.fhirUser, face);
  story.append(await reads(launch, token), await refused(launch, token));
  picture.replaceChildren(timeline(smart.exchanges));
  app.dataset.ready = 'yes';
}

async function identity(launch, token) {
  const { header, claims, checks: judged } = await smart.judgeIdToken(launch, token.id_token, token.access_token);
  const good = judged.every(([, passed]) => passed);
  const drawn = step('identity', 'The id_token says who signed in', {
    failed: !good,
    outcome: good ? `verified: ${claims.fhirUser ?? claims.sub}` : 'not to be trusted',
    body: [checks(judged), facts({
      sub: [claims.sub, 'This person at this issuer, for ever.'],
      ...(claims.fhirUser && { fhirUser: [claims.fhirUser, 'This person in the health record.'] }),
    }), raw('Header and claims', { header, claims })],
  });
  return { step: drawn, fhirUser: good && claims.fhirUser };
}

function scopes(launch, token) {
  const compared = smart.compare(launch.asked, token.scope);
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

function context(launch, token) {
  const given = Object.keys(CONTEXT).filter(name => token[name] !== undefined);
  return step('context', launch.is_ehr ? 'What was open in the EHR' : 'What was chosen', {
    outcome: given.length ? given.join(', ') : 'nothing',
    body: [facts(Object.fromEntries(given.map(name => [name, [smart.pretty(token[name]), CONTEXT[name]]])))],
  });
}

/** The app's own face: whose record this is. */
async function patient(launch, token, face) {
  if (token.smart_style_url) await wear(token.smart_style_url, face);
  if (!token.patient) {
    face.replaceChildren(el('h1', { id: 'patient-name' }, 'No patient'), el('p', {}, 'The token came without a patient.'));
    return;
  }
  const { ok, status, value } = await smart.read(launch, token.access_token, `Patient/${token.patient}`, 'Whose record is open?');
  if (!ok) {
    face.replaceChildren(el('h1', { id: 'patient-name' }, token.patient), el('p', {}, `The FHIR server would not say more: ${status}.`));
    return;
  }
  face.dataset.patient = value.id;
  face.replaceChildren(
    el('p', { class: 'eyebrow' }, 'Health record of'), el('h1', { id: 'patient-name' }, nameOf(value)),
    el('p', { id: 'patient-facts' }, [value.gender, `born ${value.birthDate}`, value.identifier?.[0]?.value].filter(Boolean).join(' · ')),
    ...(token.need_patient_banner === false ? [el('p', { class: 'hint' }, 'need_patient_banner is false: beside an EHR this app would leave this banner out.')] : []),
    ...(token.intent ? [el('p', { class: 'hint', id: 'intent' }, 'Intent: ', code(token.intent))] : []));
}

/** Who uses the app: fhirUser is an address on the FHIR server. */
async function user(launch, token, fhirUser, face) {
  const { ok, value } = await smart.read(launch, token.access_token, fhirUser.replace(`${launch.iss}/`, ''), 'Who signed in?');
  if (ok) face.append(el('p', { class: 'hint' }, 'Opened by ', el('span', { id: 'user-name' }, nameOf(value))));
}

async function wear(url, face) {
  const { value } = await smart.call('EHR', 'How should I look?', url);
  const names = { color_background: '--card', color_text: '--text', color_highlight: '--accent' };
  for (const [name, property] of Object.entries(names)) if (value?.[name]) face.style.setProperty(property, value[name]);
  face.dataset.styled = 'yes';
}

// ---- Buttons ----

function actions(launch, token, story, picture) {
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
    el('a', { class: 'button', id: 'sign-out', href: '/', target: '_top' }, 'Sign out')));
}

// ---- Begin ----

async function attempt(page) {
  try {
    await page();
  } catch (error) {
    app.append(problem('The app could not go on', error.message));
  }
}

await attempt(client.page === 'callback' ? callback : launch);
