// What the sample app reads of the record, and what must be refused it.

import * as smart from './smart.js';
import { el, step, code, outcomeOf } from './draw.js';

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

const TYPES = ['Condition', 'Observation', 'MedicationRequest', 'AllergyIntolerance', 'Immunization', 'Goal'];

/** Searches of an ordinary app. What was not granted is asked for too: the server must say no. Each row is there before its answer. */
export function reads(launch, token) {
  const about = token.patient ? `patient=${encodeURIComponent(token.patient)}&` : '';
  const wanted = TYPES.map(type => [type, `${type}?${about}_count=5`]);
  if (token.encounter) wanted.unshift(['Encounter', `Encounter/${token.encounter}`]);
  const rows = wanted.map(([type, path]) => ({ type, path, row: el('div', { class: 'read', 'data-read': type }, head(type, '…', '', path), el('p', { class: 'hint' }, 'Asking …')) }));
  const drawn = step('reads', 'The app reads the record', { open: true, outcome: 'asking …', body: [el('div', { class: 'reads' }, ...rows.map(({ row }) => row))] });
  const finished = (async () => {
    let good = 0;
    for (const { type, path, row } of rows) good += await fill(row, launch, token, type, path);
    outcomeOf(drawn, `${good} of ${rows.length} allowed${failures(rows)}`);
    drawn.dataset.status = 'done';
  })();
  drawn.dataset.status = 'waiting';
  return { drawn, finished };
}

/** A server that fails has not refused anything. */
function failures(rows) {
  const failed = rows.filter(({ row }) => row.dataset.verdict === 'failed').length;
  return failed ? `, ${failed} failed` : '';
}

const head = (type, status, look, path) => el('p', {}, el('strong', {}, type), ' ', el('span', { class: `outcome ${look}` }, status), ' ', el('code', { class: 'quiet' }, `GET ${path}`));

async function fill(row, launch, token, type, path) {
  const { status, value, wrong } = await smart.read(launch, token.access_token, path, `Read ${type}`);
  const verdict = !wrong ? 'answered' : [401, 403, 404].includes(status) ? 'refused' : 'failed';
  Object.assign(row.dataset, { status: String(status), verdict });
  if (wrong) {
    row.replaceChildren(head(type, wrong.status, 'dropped', path), ...inParts(wrong));
    return 0;
  }
  const found = value.entry?.map(entry => entry.resource).filter(resource => resource?.resourceType === type) ?? (value.resourceType === type ? [value] : []);
  row.replaceChildren(head(type, String(status), 'kept', path),
    found.length ? el('ul', {}, ...found.map(resource => el('li', {}, textOf(resource)))) : el('p', { class: 'hint' }, 'Nothing is recorded.'));
  return 1;
}

/** What the server said, and what it means. */
export const inParts = ({ said, means }) => [said && el('p', { class: 'said' }, said), el('p', { class: 'hint means' }, means)].filter(Boolean);

/** Three things that must not work, tried on purpose. Only the right refusal counts: a server that fails, or a token that is no longer good, proves nothing. */
export function refused(launch, token) {
  const rows = [
    ['another patient', token.access_token, `Patient/${token.patient === 'wei-chen' ? 'omar-haddad' : 'wei-chen'}`, [403, 404]],
    ['something that was not granted', token.access_token, 'DocumentReference?_count=1', [403]],
    ['the same patient without a token', '', `Patient/${token.patient ?? ''}`, [401]],
  ].map(([what, bearer, path, refusals]) => ({ what, bearer, path, refusals, row: el('tr', {}, el('td', {}, what), el('td', {}, code(path)), el('td', {}, '…'), el('td', {})) }));
  const drawn = step('refused', 'What the server must refuse', {
    outcome: 'trying …',
    body: [el('div', { class: 'scroll' }, el('table', { class: 'grid' }, el('tbody', {}, ...rows.map(({ row }) => row))))],
  });
  drawn.dataset.status = 'waiting';
  const finished = (async () => {
    for (const tried of rows) await attempt(tried, launch);
    const count = verdict => rows.filter(({ row }) => row.dataset.verdict === verdict).length;
    const unclear = count('unclear');
    drawn.dataset.status = count('answered') ? 'failed' : 'done';
    outcomeOf(drawn, `${count('refused')} of ${rows.length} refused${unclear ? `, ${unclear} unclear` : ''}`);
  })();
  return { drawn, finished };
}

const LOOK = { refused: 'kept', answered: 'narrowed', unclear: 'dropped' };

async function attempt({ what, bearer, path, refusals, row }, launch) {
  const { ok, status, wrong } = await smart.read(launch, bearer, path, `Try ${what}`);
  const verdict = ok ? 'answered' : refusals.includes(status) ? 'refused' : 'unclear';
  Object.assign(row.dataset, { status: String(status), verdict });
  const why = verdict === 'unclear' ? `${wrong.said} ${wrong.means} Whether it would have been refused is not known.` : wrong?.said ?? '';
  row.replaceChildren(el('td', {}, what), el('td', {}, code(path)), el('td', {}, el('span', { class: `outcome ${LOOK[verdict]}` }, `${verdict}, ${status || 'no answer'}`)), el('td', {}, why));
}
