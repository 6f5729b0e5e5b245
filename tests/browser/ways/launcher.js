// The launcher's own page, with and without scripts: the card follows the choice, texts are copied, sign-in and consent are skipped.
import assert from "node:assert/strict"
import { continues, expectsErrors, isReady, text } from "../desk.js"
import { world } from "../visitor.js"

const CLINICIAN = `${world.base}/?tenant=riverside&type=provider-ehr`

export default async arrives => {
  const without = await arrives({ javaScriptEnabled: false })
  await without.page.goto(CLINICIAN)
  const names = await without.page.locator("#user option").evaluateAll(options => options.map(({ value }) => value))
  const users = names.filter(name => name !== "none")
  assert.ok(users.length > 1, names.join())
  const cards = without.page.locator("[data-login]:visible")
  for (const user of users) {
    await without.page.locator("#user").selectOption(user)
    assert.equal(await cards.count(), 1)
    assert.equal(await cards.getAttribute("data-login"), user)
  }
  await without.page.locator("#user").selectOption("none")
  assert.equal(await cards.count(), 0, "nobody is chosen, and nobody's sign-in is shown")
  assert.equal(await without.page.locator(".copy").count(), 0)
  without.leaves()

  const visitor = await arrives()
  const { page } = visitor
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"])
  await page.goto(CLINICIAN)
  await visitor.arrivesAt("Launch an app")
  await page.getByRole("button", { name: "Copy the address of the FHIR server" }).click()
  await page.getByText("Copied").waitFor()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${world.base}/riverside/fhir`)

  // Enter in the search looks for the patient; the next one launches.
  await page.locator("#find").fill("chen")
  await page.locator("#find").press("Enter")
  await page.waitForURL("**/launcher/launch?**")
  assert.equal(await page.locator("#patient").inputValue(), "wei-chen")
  await page.locator("#skip_sign_in").check()
  await page.locator("#skip_consent").check()
  const opened = page.waitForEvent("popup")
  await page.locator("#launch-in-tab").click()
  const tab = await opened
  await continues({ page: tab })
  await isReady(tab)
  assert.match(await text(tab, "#patient-name"), /Wei.* Chen/)
  expectsErrors(visitor)
  await visitor.judges()

  const phone = await arrives({ viewport: { width: 390, height: 780 } })
  await phone.page.goto(`${CLINICIAN}&simulate=short_expiry`)
  await phone.arrivesAt("Launch an app")
  await phone.page.goto(`${world.base}/launcher/register`)
  await phone.page.locator("[value=new_key]").check()
  await phone.page.locator("#client_id").fill("keyed-app")
  await phone.page.locator("#do-register").click()
  await phone.page.locator("#private-key").waitFor()
  await phone.page.locator("#openid-client summary").click()
  await phone.judges()
  await phone.page.locator('[data-app="keyed-app"] summary').click()
  await phone.page.getByRole("button", { name: "Remove My App" }).click()
  await phone.page.waitForURL("**/launcher/register#registered-here")
  assert.equal(await phone.page.locator('[data-app="keyed-app"]').count(), 0)
  await phone.judges()
  phone.leaves()
}
