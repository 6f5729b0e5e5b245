// Pictures of each page for the README: wide, on a phone, in the dark; and one in another language.
import { fileURLToPath } from "node:url"
import { world } from "../visitor.js"
import { scope } from "./standalone-launch.js"

const folder = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url))
const phone = { viewport: { width: 390, height: 844 } }
const looks = {
  wide: { viewport: { width: 1280, height: 800 } },
  phone,
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
}
const redirect_uri = "https://growth-chart.example/callback"

export default async arrives => {
  for (const [look, options] of Object.entries(looks)) {
    const visitor = await arrives(options)
    const takes = (name, fullPage = true) => visitor.page.screenshot({ path: `${folder}${name}-${look}.png`, fullPage })
    await visitor.opensRequest({ scope, redirect_uri })
    await visitor.arrivesAt("Sign in")
    await visitor.page.getByLabel("Username").fill("hannah")
    await takes("sign-in")
    await visitor.signsIn("hannah")
    await visitor.searches("shaw")
    await visitor.page.getByRole("radio", { name: /Amy/ }).check()
    await takes("patient-picker")
    await visitor.picks(/Amy/)
    await visitor.arrivesAt(/^Give .* access\?$/)
    // Its answer stands at the end of the window, where a picture of the whole page would show it in the middle.
    await takes("consent", false)
    if (look === "wide") await seldomSeen(visitor, takes)
    await visitor.page.goto(`${world.issuer}/authorize?client_id=unknown`)
    await takes("error")
  }
  const visitor = await arrives({ ...phone, locale: "de" })
  await visitor.opensRequest({ scope, redirect_uri, client_id: "growth-chart" })
  await visitor.page.getByLabel("Benutzername").fill("amy")
  await visitor.page.getByLabel("Passwort").fill(world.password)
  await visitor.page.getByRole("button", { name: "Anmelden" }).click()
  await visitor.page.getByRole("button", { name: "Erlauben" }).waitFor()
  await visitor.page.screenshot({ path: `${folder}consent-german.png` })
}

// Some of a scope, what was allowed, and the pages that few people see.
async function seldomSeen(visitor, takes) {
  const { page } = visitor
  const laboratory = page.locator("input[value*='category=laboratory'], input[value*='|laboratory']").first()
  const parts = page.locator("details", { has: laboratory }).first()
  await parts.locator("summary").click()
  await laboratory.check()
  await page.locator("fieldset").first().screenshot({ path: `${folder}consent-categories-wide.png` })
  await visitor.opensApp({ scope })
  await visitor.picks(/Amy/)
  await visitor.allows()
  await visitor.reads("patient")
  await page.goto(`${world.issuer}/manage`)
  await visitor.arrivesAt("Apps with access")
  await page.locator("summary").first().click()
  await takes("manage")
  await visitor.opensRequest({ scope: "launch/patient launch/encounter patient/*.rs", redirect_uri })
  await visitor.picks(/Amy/)
  await page.getByRole("heading", { name: /visits and hospital stays/, level: 1 }).waitFor()
  await takes("visit-picker")
  await visitor.opensRequest({ scope, redirect_uri, prompt: "select_account" })
  await visitor.arrivesAt("Is this you?")
  await takes("choose-account")
  await page.goto(`${world.issuer}/logout`)
  await visitor.arrivesAt("Sign out?")
  await takes("sign-out")
}
