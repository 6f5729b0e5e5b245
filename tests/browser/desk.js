// A person at the launcher: chooses a launch, goes through it to the sample app, and looks at what the app shows.
import assert from "node:assert/strict"
import { world } from "./visitor.js"

const PORTAL = { type: "patient-portal", user: "amy" }

// From the launcher's page, as whoever opens it for the first time: what is shown there is typed in later.
export async function launches(visitor, choice = PORTAL) {
  const { page } = visitor
  await page.goto(`${world.base}/?${new URLSearchParams(choice)}`)
  const shown = page.locator("#login")
  const login = await shown.count() && { username: await text(page, "#login-username"), password: await text(page, "#login-password") }
  await page.locator("#launch").click()
  return login
}

// The app has stopped to show its request.
export async function continues(visitor) {
  await visitor.page.locator("#continue").click()
}

export async function signsIn(page, { username, password }) {
  await page.getByLabel("Username").fill(username)
  await page.getByLabel("Password").fill(password)
  await page.getByRole("button", { name: "Sign in" }).click()
}

export async function picks(page, name) {
  await page.getByRole("radio", { name }).check()
  await page.getByRole("button", { name: "Continue" }).click()
}

export const allows = page => page.getByRole("button", { name: "Allow" }).click()

export async function goesThrough(visitor, choice) {
  const login = await launches(visitor, choice)
  await continues(visitor)
  await signsIn(visitor.page, login)
  await allows(visitor.page)
}

// Waits until the app has read everything that it reads by itself.
export const isReady = place => place.locator("[data-ready=yes]").first().waitFor()

export const text = async (place, selector) => (await place.locator(selector).first().textContent()).trim()

// Presses one of the app's buttons, and says what came of it.
export async function presses(place, id) {
  await place.locator(`[data-step="${id}"]`).evaluateAll(earlier => earlier.forEach(step => step.remove()))
  await place.locator(`#${id}`).click()
  return text(place, `[data-step="${id}"] .step-outcome`)
}

// What the browser complains about when an answer is an error, which is what the test is about.
export function expectsErrors(visitor) {
  const others = visitor.complaints.filter(complaint => !/^Failed to load resource: .* (4\d\d|502)/.test(complaint))
  assert.deepEqual(others, [])
  visitor.complaints = []
}
