// Each simulated problem, chosen in the launcher, and what the app in the browser makes of it.
import assert from "node:assert/strict"
import { allows, continues, expectsErrors, isReady, launches, presses, signsIn, text } from "../desk.js"
import { world } from "../visitor.js"

const stays = page => page.getByRole("heading", { level: 1, name: /^We can.t continue/ }).waitFor()
const is_told = words => async page => assert.match(await text(page, "#problem"), words)
const token_step = page => text(page, '[data-step="token"] .step-outcome')
const later = async (page, seconds) => page.waitForTimeout(seconds * 1000)

// What happens before the person is asked anything, and what the app shows when it is back.
const problems = {
  auth_invalid_client_id: { at_once: stays },
  auth_invalid_redirect_uri: { at_once: stays },
  auth_invalid_scope: { at_once: is_told(/invalid_scope/) },
  auth_invalid_client_secret: { then: is_told(/400: invalid_client/) },
  token_invalid_token: { then: is_told(/400: invalid_grant/) },
  token_expired_registration_token: { then: is_told(/400: invalid_client/) },
  token_invalid_scope: { then: is_told(/400: invalid_scope/) },
  token_invalid_jti: { then: is_told(/400: invalid_client/) },
  token_expired_refresh_token: { then: async page => {
    await isReady(page)
    assert.match(await text(page, "#patient-name"), /Amy/)
    assert.match(await presses(page, "refresh"), /^refused: 400 invalid_grant/)
  } },
  request_invalid_token: { then: async page => {
    await isReady(page)
    assert.match(await text(page, ".face"), /401/)
    assert.match(await presses(page, "refresh"), /used up/)
    assert.match(await presses(page, "read-again"), /^401/)
  } },
  request_expired_token: { then: async page => {
    await isReady(page)
    assert.match(await text(page, ".face"), /401/)
    assert.match(await presses(page, "refresh"), /used up/)
    assert.match(await presses(page, "read-again"), /^200/)
  } },
  narrower_scopes: { then: async page => {
    await isReady(page)
    assert.equal(await page.locator('[data-scope="patient/MedicationRequest.rs"]').getAttribute("data-outcome"), "dropped")
    assert.equal(await page.locator('[data-read="MedicationRequest"]').getAttribute("data-status"), "403")
  } },
  no_refresh_token: { then: async page => {
    await isReady(page)
    assert.ok(await page.locator("#refresh").isDisabled())
    assert.equal(await page.locator('[data-scope="offline_access"]').getAttribute("data-outcome"), "dropped")
  } },
  slow_answers: { then: async (page, since) => {
    await page.locator('[data-step="token"]', { hasText: "asking the token endpoint" }).waitFor()
    await page.locator('[data-step="token"]', { hasText: "good for" }).waitFor()
    assert.ok(Date.now() - since >= 5000)
  } },
  rotated_key: { then: async page => {
    await isReady(page)
    assert.match(await text(page, '[data-step="identity"] .step-outcome'), /^verified/)
  } },
  short_expiry: { then: async page => {
    await isReady(page)
    assert.match(await token_step(page), /^good for 5 seconds/)
    await later(page, 6)
    assert.match(await presses(page, "read-again"), /^401/)
    assert.match(await presses(page, "refresh"), /used up/)
    assert.match(await presses(page, "read-again"), /^200/)
  } },
}

export default async arrives => {
  const offered = await arrives()
  await offered.page.goto(world.base)
  const names = await offered.page.locator("#simulate option").evaluateAll(options => options.map(option => option.value).filter(Boolean))
  assert.deepEqual(names.toSorted(), Object.keys(problems).toSorted(), "the launcher offers what is tested here")
  // Two at a time: the tests have two cores.
  const queue = Object.entries(problems)
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await meets(await arrives(), ...next)
  }
  await Promise.all([worker(), worker()])
}

async function meets(visitor, simulate, { at_once, then }) {
  const { page } = visitor
  try {
    const login = await launches(visitor, { type: "patient-portal", user: "amy", simulate })
    await continues(visitor)
    if (at_once) {
      await at_once(page)
    } else {
      await signsIn(page, login)
      const since = Date.now()
      await allows(page)
      await then(page, since)
    }
    expectsErrors(visitor)
  } catch (error) {
    error.message = `${simulate}: ${error.message}`
    throw error
  }
}
