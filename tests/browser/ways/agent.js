// An agent that nobody registered finds its way, asks its person, and reads a record; the thief of its token reads nothing.
import assert from "node:assert/strict"
import { allows, expectsErrors, isReady, signsIn, text } from "../desk.js"
import { world } from "../visitor.js"

const BEFORE = ["challenge", "resource", "server", "document", "push"]
const AFTER = ["answer", "token", "read"]
const THIEF = ["thief-bearer", "thief-key", "thief-replay", "thief-elsewhere"]

export default async arrives => {
  for (const options of [{}, { viewport: { width: 390, height: 844 } }, { javaScriptEnabled: false }]) {
    const visitor = await arrives(options)
    const { page } = visitor
    const steps = () => page.locator("details.step").evaluateAll(found => found.map(({ dataset }) => dataset.step))
    await page.goto(world.base)
    await page.getByRole("link", { name: "An agent", exact: true }).click()
    await visitor.arrivesAt("An agent that nobody registered")
    await visitor.judges()
    await page.locator("#begin").click()
    await page.locator("#continue").waitFor()
    assert.deepEqual(await steps(), BEFORE)
    await page.locator('[data-step="push"] summary').click()
    await visitor.judges()
    await page.locator("#continue").click()
    await signsIn(page, { username: "amy", password: "demo-amy" })
    // The host of its client_id comes first: nobody vouches for its name.
    assert.match(await text(page, "main"), new RegExp(new URL(world.base).host))
    await allows(page)
    await isReady(page)
    assert.match(await text(page, "#patient-name"), /Amy.* Shaw/)
    assert.deepEqual(await steps(), [...BEFORE, ...AFTER, ...THIEF])
    for (const name of THIEF) assert.match(await text(page, `[data-step="${name}"] .step-outcome`), /^refused, 401/)
    for (const name of ["token", "thief-replay"]) await page.locator(`[data-step="${name}"] summary`).click()
    expectsErrors(visitor)
    await visitor.judges()
  }
}
