// The redirect URI: the answer is checked, the code becomes a token, and the token opens the record.

import * as smart from './smart.js';
import { el, step, facts, raw, checks, timeline, outcomeOf } from './draw.js';
import { app, problem, simulated, stored } from './page.js';
import { handOver } from './framed.js';
import { identity, scopes, context } from './granted.js';
import { patient, user, wear } from './face.js';
import { reads, refused } from './record.js';
import { buttons } from './buttons.js';
import { Holder } from './bound.js';

export async function callback() {
  const state = new URLSearchParams(location.search).get('state') ?? '';
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
  smart.exchanges.push(...(launch.exchanges ?? []));
  if (launch.bound) launch.holder = await Holder.take(state);
  await answered(launch, address);
}

export async function answered(launch, address) {
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
    // The description of a simulated refusal says so itself.
    if (/\(simulated\b/.test(query.get('error_description'))) simulated(query.get('error'));
    app.append(el('h1', {}, 'Not signed in'), problem('The answer was no: ' + query.get('error'), query.get('error_description') ?? ''), answer, timeline(smart.exchanges));
    return;
  }
  if (!sameState) throw new Error('The answer has another state than the one that was sent. The app throws the code away.');
  if (!sameIssuer) throw new Error('The answer names another issuer than the one that was asked. The app throws the code away.');
  const page = opens(launch, answer);
  const exchanged = await smart.exchangeCode(launch, query.get('code'));
  const wrong = smart.trouble(exchanged, value => value?.access_token);
  if (wrong) {
    const { status, value } = exchanged;
    app.replaceChildren(el('h1', {}, 'No token'), problem(status ? `The token endpoint said ${status}: ${value?.error ?? 'what is no token'}` : 'The token endpoint gives no answer', value?.error_description ?? wrong.said, value?.error ? '' : ` ${wrong.means}`), answer, timeline(smart.exchanges));
    return;
  }
  // A server that binds no tokens has passed the proof over.
  if (exchanged.value.token_type !== 'DPoP') delete launch.holder;
  await fill(page, launch, exchanged.value);
}

/** What can be drawn before there is a token; the rest comes as the answers come. */
function opens(launch, answer) {
  const face = el('section', { class: 'card face', 'data-step': 'patient' }, el('h1', { id: 'patient-name' }, 'Signed in'), el('p', { class: 'hint' }, 'The app exchanges its code for a token …'));
  const [tools, picture] = [el('div'), el('div')];
  const exchanging = step('token', 'The code becomes a token', { outcome: 'asking the token endpoint …' });
  const story = el('div', { class: 'story' }, answer, exchanging);
  app.append(face, tools, el('h2', {}, 'What happened'),
    el('p', { id: 'told' }, launch.is_ehr ? 'The EHR opened this app and said, by a value that only the authorization server understands, whose record was open. ' : 'This app was opened on its own, so the authorization server asked whose record to open. ',
      'You signed in there, not here: the app never saw your password. You agreed, the app got a code, and exchanged it for a token. With the token it read what you had allowed, and nothing else. Each line below opens.'), story, picture);
  return { face, tools, story, picture, exchanging };
}

async function fill({ face, tools, story, picture, exchanging }, launch, token) {
  exchanging.replaceWith(step('token', 'The code became a token', {
    outcome: `good for ${token.expires_in} seconds${token.refresh_token ? ', with a refresh token' : ''}`,
    body: [facts({
      access_token: [token.access_token, 'What the FHIR server wants to see. To the app it is just a text.'],
      token_type: [token.token_type, launch.holder ? 'Bound to the key of this tab: without a proof by that key it is worth nothing.' : 'Everybody who has it may use it, so it goes nowhere else.'],
      expires_in: [String(token.expires_in), 'Seconds.'],
      ...(token.refresh_token && { refresh_token: [token.refresh_token, 'Buys a new access token when this one is old. Each one works once.'] }),
    }), raw('The whole answer', token)],
  }));
  const who = token.id_token && await identity(launch, token);
  if (who) story.append(who.step);
  story.append(scopes(launch, token), context(launch, token));
  const drawn = { reads: el('div'), refused: el('div') };
  story.append(drawn.reads, drawn.refused);
  const reread = async () => {
    delete app.dataset.ready;
    for (const old of Object.values(drawn)) if (old.dataset.step) outcomeOf(old, 'is read again …');
    await patient(launch, token, face);
    if (token.smart_style_url) await wear(token.smart_style_url, face);
    if (who?.fhirUser) await user(launch, token, who.fhirUser, face);
    for (const [name, begin] of Object.entries({ reads, refused })) {
      const next = begin(launch, token);
      drawn[name].replaceWith(next.drawn);
      drawn[name] = next.drawn;
      await next.finished;
    }
    picture.replaceChildren(timeline(smart.exchanges));
    app.dataset.ready = 'yes';
  };
  tools.replaceWith(buttons(launch, token, story, picture, reread));
  await reread();
}
