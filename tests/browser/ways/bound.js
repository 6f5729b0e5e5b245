// The sample app sends its request ahead and has its token bound to a key, where its user ticks that; a thief of the token reads nothing.
import assert from "node:assert/strict"
import { allows, expectsErrors, isReady, launches, presses, signsIn, text } from "../desk.js"
import { world } from "../visitor.js"

export default async arrives => {
  const shown = (page, name) => page.locator(`[data-step="token"] [data-name="${name}"] .value`).first().textContent()
  const goes = async (visitor, ticked, type = "patient-standalone") => {
    const { page } = visitor
    const login = await launches(visitor, { tenant: "lakeside", type, user: "amy" })
    for (const box of ticked) await page.locator(`#${box}`).check()
    if (ticked.includes("push")) {
      await page.locator("#send").click()
      await page.locator('[data-step="push"]').waitFor()
      assert.match(await page.locator("#continue").getAttribute("href"), /\?client_id=sample-app&request_uri=urn/)
    }
    await visitor.judges()
    await page.getByRole("link", { name: "Continue to sign in" }).click()
    await signsIn(page, login)
    await allows(page)
    await isReady(page)
    assert.match(await text(page, "#patient-name"), /Amy.* Shaw/)
  }

  for (const options of [{}, { viewport: { width: 390, height: 844 } }]) {
    const visitor = await arrives(options)
    const { page } = visitor
    await goes(visitor, ["push", "bind"])
    assert.equal(await shown(page, "token_type"), "DPoP")
    assert.match(await text(page, '[data-step="reads"] .step-outcome'), /^[1-9]/)
    assert.equal(await presses(page, "thief"), "3 of 3 refused")
    assert.match(await presses(page, "refresh"), /everything is read again/)
    await isReady(page)
    assert.match(await presses(page, "read-again"), /^200/)
    expectsErrors(visitor)
    await visitor.judges()
  }
  // Each by itself, and neither: a Bearer token as ever.
  for (const [ticked, type, token_type] of [[["bind"], "patient-portal", "DPoP"], [["push"], "patient-portal", "Bearer"], [[], "patient-standalone", "Bearer"]]) {
    const visitor = await arrives()
    await goes(visitor, ticked, type)
    assert.equal(await shown(visitor.page, "token_type"), token_type)
    assert.equal(await visitor.page.locator("#thief").count(), token_type === "DPoP" ? 1 : 0)
    expectsErrors(visitor)
  }
  // A server that takes neither offers neither.
  const visitor = await arrives()
  await launches(visitor, { tenant: "home", type: "patient-standalone", user: "amy" })
  await visitor.page.locator("#continue").waitFor()
  assert.equal(await visitor.page.locator("#choices").count(), 0)
  visitor.leaves()
}
