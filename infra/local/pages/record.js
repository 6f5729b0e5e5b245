// What the sample app reads of the record, and what must be refused it.

import * as smart from './smart.js';
import { el, step, code } from './draw.js';

export const nameOf = resource => {
  const name = resource?.name?.find(name => name.use === 'official') ?? resource?.name?.[0];
  return name?.text ?? [...(name?.prefix ?? []), ...(name?.given ?? []), name?.family].filter(Boolean).join(' ');
};

const textOf = resource => {
  const concept = resource.code ?? resource.medicationCodeableConcept ?? resource.vaccineCode ?? resource.type?.[0];
  const what = concept?.text ?? concept?.coding?.[0]?.display ?? resource.medicationReference?.display ?? nameOf(resource) ?? resource.id;
  const parts = [resource, ...(resource.component ?? [])].map(part => part.valueQuantity).filter(Boolean);
  const value = parts.length ? `${parts.map(part => part.value).join(' / ')} ${parts[0].unit ?? ''}` : resource.valueCodeableConcept?.text;
  return value ? `${what}: ${value}` : what;
};

/** Searches of an ordinary app. What was not granted is asked for too: the server must say no. */
export async function reads(launch, token) {
  const wanted = ['Condition', 'Observation', 'MedicationRequest', 'AllergyIntolerance', 'Immunization', 'Goal'];
  const rows = [];
  if (token.encounter) rows.push(await readRow(launch, token, 'Encounter', `Encounter/${token.encounter}`));
  const about = token.patient ? `patient=${encodeURIComponent(token.patient)}&` : '';
  for (const type of wanted) rows.push(await readRow(launch, token, type, `${type}?${about}_count=5`));
  const allowed = rows.filter(row => row.dataset.status === '200').length;
  return step('reads', 'The app reads the record', {
    open: true,
    outcome: `${allowed} of ${rows.length} allowed`,
    body: [el('div', { class: 'reads' }, ...rows)],
  });
}

async function readRow(launch, token, type, path) {
  const { status, value } = await smart.read(launch, token.access_token, path, `Read ${type}`);
  const found = value?.entry?.map(entry => entry.resource).filter(resource => resource.resourceType === type) ?? (value?.resourceType === type ? [value] : []);
  const why = value?.issue?.[0]?.diagnostics;
  return el('div', { class: 'read', 'data-read': type, 'data-status': String(status) },
    el('p', {}, el('strong', {}, type), ' ', el('span', { class: `outcome ${status < 300 ? 'kept' : 'dropped'}` }, String(status)), ' ', el('code', { class: 'quiet' }, `GET ${path}`)),
    found.length ? el('ul', {}, ...found.map(resource => el('li', {}, textOf(resource)))) : el('p', { class: 'hint' }, why ?? 'Nothing is recorded.'));
}

/** Three things that must not work, tried on purpose. */
export async function refused(launch, token) {
  const tries = [
    ['another patient', token.access_token, `Patient/${token.patient === 'wei-chen' ? 'omar-haddad' : 'wei-chen'}`],
    ['something that was not granted', token.access_token, 'DocumentReference?_count=1'],
    ['the same patient without a token', '', `Patient/${token.patient ?? ''}`],
  ];
  const rows = [];
  for (const [what, bearer, path] of tries) {
    const { status, value } = await smart.read(launch, bearer, path, `Try ${what}`);
    rows.push(el('tr', { 'data-status': String(status) }, el('td', {}, what), el('td', {}, code(path)), el('td', {}, el('span', { class: `outcome ${status < 300 ? 'narrowed' : 'kept'}` }, `${status < 300 ? 'answered' : 'refused'}, ${status}`)), el('td', {}, value?.issue?.[0]?.diagnostics ?? '')));
  }
  const no = rows.filter(row => Number(row.dataset.status) >= 400).length;
  return step('refused', 'What the server must refuse', {
    failed: no < rows.length,
    outcome: `${no} of ${rows.length} refused`,
    body: [el('div', { class: 'scroll' }, el('table', { class: 'grid' }, el('tbody', {}, ...rows)))],
  });
}
