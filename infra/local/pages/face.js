// The app's own face: whose record this is, who opened it, in the EHR's colours.

import * as smart from './smart.js';
import { el, code } from './draw.js';
import { nameOf, inParts } from './record.js';

export async function patient(launch, token, face) {
  if (!token.patient) {
    face.replaceChildren(el('h1', { id: 'patient-name' }, 'No patient'), el('p', {}, 'The token came without a patient.'));
    return;
  }
  const { asked, value, wrong } = await smart.read(launch, token.access_token, `Patient/${token.patient}`, 'Whose record is open?');
  if (wrong) {
    face.replaceChildren(el('h1', { id: 'patient-name' }, token.patient), unread('The record could not be read', asked, wrong));
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
export async function user(launch, token, fhirUser, face) {
  const { asked, value, wrong } = await smart.read(launch, token.access_token, fhirUser.replace(`${launch.iss}/`, ''), 'Who signed in?');
  face.append(wrong ? unread('Who opened it could not be read', asked, wrong) : el('p', { class: 'hint' }, 'Opened by ', el('span', { id: 'user-name' }, nameOf(value))));
}

/** Which request failed, with which status, and what that means. */
const unread = (what, asked, wrong) => el('div', { class: 'unread', role: 'status' },
  el('p', {}, el('strong', {}, `${what}. `), el('code', {}, asked), ` answered ${wrong.status}.`), ...inParts(wrong));

/** In the EHR's colours, if it says which. */
export async function wear(url, face) {
  const { asked, value, ...answer } = await smart.call('EHR', 'How should I look?', url);
  const wrong = smart.trouble({ ...answer, value });
  if (wrong) return face.append(unread('The EHR’s style could not be read', asked, wrong));
  const names = { color_background: '--card', color_text: '--text', color_highlight: '--accent' };
  for (const [name, property] of Object.entries(names)) if (value?.[name]) face.style.setProperty(property, value[name]);
  face.dataset.styled = 'yes';
}
