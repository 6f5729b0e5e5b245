// The five kinds of launch, from the launcher to the record, with nothing but what the pages say.
import assert from "node:assert/strict"
import { allows, continues, expectsErrors, isReady, launches, picks, signsIn, text } from "../desk.js"
import { world } from "../visitor.js"

const kinds = [
  { type: "provider-ehr", patient: /Leo.* Shaw/, given: { app: "sample-app", patient: "leo-shaw", user: "patel" } },
  { type: "provider-ehr", patient: /Leo.* Shaw/, given: { app: "symmetric-app", patient: "leo-shaw" } },
  { type: "patient-portal", patient: /Amy.* Shaw/, given: { user: "amy" } },
  { type: "provider-standalone", patient: /Wei.* Chen/, given: {}, picks: /Wei.* Chen/ },
  { type: "patient-standalone", patient: /Amy.* Shaw/, given: { app: "asymmetric-app", user: "amy" } },
]

export default async arrives => {
  for (const kind of kinds) {
    const visitor = await arrives()
    const { page } = visitor
    await page.goto(world.base)
    await visitor.arrivesAt("Launch an app")
    await page.locator(`[data-type="${kind.type}"]`).click()
    const login = await launches(visitor, { type: kind.type, ...kind.given })
    await page.locator("#continue").waitFor()
    await visitor.judges()
    await continues(visitor)
    await signsIn(page, login)
    if (kind.picks) await picks(page, kind.picks)
    await allows(page)
    await isReady(page)
    assert.match(await text(page, "#patient-name"), kind.patient, JSON.stringify(kind))
    // What must be refused it was refused, and the browser says so.
    expectsErrors(visitor)
    await visitor.judges()
  }

  const visitor = await arrives()
  await launches(visitor, { type: "backend" })
  await visitor.arrivesAt("Nightly Quality Report")
  await visitor.page.locator("#run").click()
  assert.match(await text(visitor.page, '[data-step="reads"] .step-outcome'), /^[1-9]\d* of \d+ allowed/)
  await visitor.judges()
  visitor.leaves()
}
