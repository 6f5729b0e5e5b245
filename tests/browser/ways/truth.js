// What the sample apps say when reads fail, that they draw what they know before the rest is known, and read anew after a refresh.
import assert from "node:assert/strict"
import { allows, continues, expectsErrors, goesThrough, isReady, launches, presses, signsIn, text } from "../desk.js"

const outcome = (page, step) => text(page, `[data-step="${step}"] .step-outcome`)
const row = (page, type) => page.locator(`[data-read="${type}"]`)

export default async arrives => {
  // The token endpoint takes its time: the page is not empty meanwhile.
  const slow = await arrives()
  let answer
  await slow.page.route("**/riverside/token", route => { answer = () => route.continue() })
  await goesThrough(slow)
  await slow.page.locator('[data-step="token"]', { hasText: "asking the token endpoint" }).waitFor()
  assert.equal(await slow.page.locator('[data-step="callback"]').count(), 1)
  await slow.judges()
  // Then the FHIR server does: what was answered is there, and the rows that wait say so.
  let observation
  await slow.page.route("**/fhir/Observation?**", route => { observation = () => route.continue() })
  answer()
  await row(slow.page, "Condition").locator("ul").waitFor()
  assert.match(await row(slow.page, "Observation").textContent(), /Asking/)
  assert.equal(await slow.page.locator("[data-ready]").count(), 0)
  while (!observation) await slow.page.waitForTimeout(50)
  observation()
  await isReady(slow.page)
  await slow.page.unrouteAll()
  assert.match(await outcome(slow.page, "reads"), /^5 of 6 allowed$/)

  // Each way to fail is said as what it is, and none of them as "nothing is recorded".
  const { page } = slow
  await page.route("**/fhir/Condition?**", route => route.fulfill({ status: 503, contentType: "text/plain", body: "down" }))
  await page.route("**/fhir/Observation?**", route => route.abort())
  await page.route("**/fhir/Immunization?**", route => route.fulfill({ status: 200, contentType: "text/html", body: "<p>Log in" }))
  await page.route("**/fhir/Patient/amy-shaw", route => route.fulfill({ status: 401, contentType: "application/json", body: "{}" }))
  await presses(page, "refresh")
  await isReady(page)
  assert.match(await row(page, "Condition").textContent(), /503.*ask again later/s)
  assert.match(await row(page, "Observation").textContent(), /no answer/)
  assert.match(await row(page, "Immunization").textContent(), /200.*no FHIR resource/s)
  assert.match(await row(page, "Goal").textContent(), /403.*does not allow/s)
  assert.match(await outcome(page, "reads"), /^2 of 6 allowed, 3 failed$/)
  assert.match(await text(page, ".face"), /GET http.*\/Patient\/amy-shaw answered 401.*expired/s)
  assert.doesNotMatch(await page.locator('[data-step="reads"]').textContent(), /Nothing is recorded/)
  await page.unrouteAll()

  // A server that fails has refused nothing.
  await page.route("**/fhir/DocumentReference?**", route => route.fulfill({ status: 500, body: "" }))
  await presses(page, "refresh")
  await page.locator('[data-step="refused"]', { hasText: "2 of 3 refused, 1 unclear" }).waitFor()
  await page.unrouteAll()

  // After a refresh everything is read again, and is there again.
  await presses(page, "refresh")
  await page.locator("#patient-name", { hasText: /Amy.* Shaw/ }).waitFor()
  await page.locator('[data-step="refused"]', { hasText: "3 of 3 refused" }).waitFor()
  await page.route("**/riverside/revoke", route => route.fulfill({ status: 503, body: "" }))
  assert.match(await presses(page, "revoke"), /^503/)
  assert.match(await text(page, '[data-step="revoke"] .step-title'), /not given back/)
  slow.complaints = slow.complaints.filter(complaint => !/ERR_FAILED|status of 50[03]/.test(complaint))
  expectsErrors(slow)
  await slow.judges()

  // The app with a server has no script, and draws as it goes too.
  const visitor = await arrives({ javaScriptEnabled: false })
  const login = await launches(visitor, { type: "patient-portal", user: "amy", app: "symmetric-app", simulate: "slow_answers" })
  await continues(visitor)
  await signsIn(visitor.page, login)
  await allows(visitor.page)
  await row(visitor.page, "Patient").waitFor()
  assert.equal(await row(visitor.page, "Immunization").count(), 0)
  assert.equal(await visitor.page.locator("#simulated").count(), 1)
  await row(visitor.page, "Condition").waitFor()
  visitor.leaves()
}
