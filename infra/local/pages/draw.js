// Drawing for the sample app: elements, steps, and the picture of who spoke to whom. No markup is ever made from text.

import { pretty } from './smart.js';

export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== false && value !== undefined) element.setAttribute(key, value);
  element.append(...children.filter(child => child !== undefined));
  return element;
}

export const code = text => el('code', {}, text);

/** One step of the story: closed, its line says what came out of it. */
export function step(name, title, { outcome, body = [], open = false, failed = false }) {
  return el('details', { class: 'step card', 'data-step': name, 'data-status': failed ? 'failed' : 'done', open: open ? '' : undefined },
    el('summary', {}, el('span', { class: 'step-title' }, title), el('span', { class: 'step-outcome' }, outcome ?? '')),
    el('div', { class: 'step-body' }, ...body));
}

/** What came out of a step that was drawn before it was known. */
export const outcomeOf = (drawn, text) => { drawn.querySelector('.step-outcome').textContent = text; };

/** Names, values, and what they are for. */
export function facts(members) {
  return el('dl', { class: 'members' }, ...Object.entries(members).filter(([, [value]]) => value !== undefined).map(([name, [value, why]]) =>
    el('div', { 'data-name': name }, el('dt', {}, code(name)), el('dd', {}, el('span', { class: 'value' }, value), why ? el('span', { class: 'why' }, why) : ''))));
}

export const raw = (title, value) => el('details', { class: 'raw' }, el('summary', {}, title), el('pre', {}, pretty(value)));

export function checks(judged) {
  return el('ul', { class: 'checks' }, ...judged.map(([text, passed]) =>
    el('li', { 'data-passed': String(Boolean(passed)) }, el('span', { 'aria-hidden': 'true' }, passed ? '✓' : '✗'), ` ${text}`, el('span', { class: 'unseen' }, passed ? ': yes' : ': no'))));
}

/** Who spoke to whom, in order, the real bytes a click away. */
export function timeline(exchanges) {
  const line = ({ from, to, title, request, response }) => el('li', {},
    el('details', {}, el('summary', {}, el('span', { class: 'who' }, `${from} → ${to}`), el('span', {}, title), el('span', { class: 'quiet' }, response.split('\n')[0])),
      el('pre', {}, request), response ? el('pre', {}, response) : ''));
  return el('section', { class: 'card compact', 'data-step': 'timeline' }, el('h2', {}, 'Who spoke to whom'), el('ol', { class: 'timeline' }, ...exchanges.map(line)));
}
