// What the app's modules share: its place in the page, and what it keeps between its two pages.

import { el } from './draw.js';

export const app = document.getElementById('app');

/** The app's registration, as its server wrote it into the page. */
export const client = app.dataset;

/** What must survive the way to the sign-in and back, under its `state`. Nothing else is stored. */
export const stored = {
  put: (state, launch) => sessionStorage.setItem(`launch ${state}`, JSON.stringify(launch)),
  take(state) {
    const text = sessionStorage.getItem(`launch ${state}`);
    sessionStorage.removeItem(`launch ${state}`);
    return text && JSON.parse(text);
  },
};

/** Says once, above everything, that what goes wrong here is meant to: a header of the answers tells. */
export function simulated(name) {
  if (document.getElementById('simulated')) return;
  app.before(el('div', { class: 'notice caution', id: 'simulated', role: 'status' }, el('p', {},
    el('strong', {}, 'Simulated: '), el('code', {}, name), '. You chose this problem in the launcher. Nothing is broken.')));
}

addEventListener('simulated', ({ detail }) => simulated(detail));

export async function attempt(page) {
  document.getElementById('loading')?.remove();
  try {
    await page();
  } catch (error) {
    app.append(problem('The app could not go on', error.message));
  }
}

export function problem(title, ...text) {
  return el('div', { class: 'notice danger', id: 'problem', role: 'alert' },
    el('h2', {}, title), el('p', {}, ...text), el('p', {}, el('a', { href: '/', target: '_top' }, 'Back to the launcher')));
}
