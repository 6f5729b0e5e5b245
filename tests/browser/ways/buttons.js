// What the sample app offers with its token: each button once, in an order that makes sense; the last is revoking.
import assert from "node:assert/strict"
import { allows, continues, expectsErrors, goesThrough, isReady, launches, presses, signsIn, text } from "../desk.js"

export default async arrives => {
  const visitor = await arrives()
  const { page } = visitor
  await goesThrough(visitor)
  await isReady(page)
  expectsErrors(visitor)

  // Asked beside granted, each parameter with its reason, and the real bytes a click away.
  assert.match(await text(page, '[data-step="scopes"] .step-outcome'), /\d+ kept, [1-9]\d* narrowed, [1-9]\d* dropped/)
  assert.match(await text(page, '[data-step="refused"] .step-outcome'), /^3 of 3 refused/)
  const line = page.locator(".timeline li", { hasText: "A code for a token" })
  await line.locator("summary").click()
  assert.match(await line.locator("pre").first().textContent(), /^POST .*\/token\n[^]*grant_type=authorization_code[^]*code_verifier=/)
  assert.match(await line.locator("pre").last().textContent(), /^200[^]*"access_token"/)

  assert.match(await presses(page, "introspect"), /^active/)
  assert.match(await presses(page, "refresh"), /used up/)
  assert.match(await presses(page, "read-again"), /^200/)
  assert.match(await presses(page, "read-ungranted"), /^403/)
  expectsErrors(visitor)
  await visitor.judges()

  // Revoked: the app finds its access gone, whatever it tries.
  assert.match(await presses(page, "revoke"), /^200/)
  assert.match(await presses(page, "read-again"), /^401/)
  assert.match(await presses(page, "introspect"), /^not active/)
  assert.match(await presses(page, "refresh"), /^refused: 400 invalid_grant/)
  expectsErrors(visitor)

  // One sign-in serves another app: it asks for consent alone.
  await launches(visitor, { type: "patient-standalone", app: "symmetric-app", user: "amy" })
  await continues(visitor)
  await visitor.arrivesAt(/^Give .* access\?$/)
  await allows(page)
  await isReady(page)
  expectsErrors(visitor)

  // Signed out by way of the authorization server, and so everywhere; each kind of app comes back to a page of its own.
  for (const app of ["symmetric-app", "sample-app"]) {
    await page.locator("#sign-out").click()
    await page.locator("#signed-out", { hasText: "the next app asks who you are" }).waitFor()
    await visitor.arrivesAt("Signed out")
    assert.doesNotMatch(await page.locator("body").innerText(), /Amy/)
    const login = await launches(visitor, { type: "patient-standalone", app: "sample-app", user: "amy" })
    await continues(visitor)
    await visitor.arrivesAt("Sign in")
    if (app === "sample-app") break
    await signsIn(page, login)
    await allows(page)
    await isReady(page)
    expectsErrors(visitor)
  }
  visitor.leaves()
}
