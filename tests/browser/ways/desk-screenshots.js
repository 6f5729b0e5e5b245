// Pictures of the local server's pages for its README: wide ones, some on a phone, one in the dark.
import { fileURLToPath } from "node:url"
import { allows, continues, expectsErrors, isReady, launches, signsIn } from "../desk.js"
import { world } from "../visitor.js"

const folder = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url))
const looks = {
  wide: { viewport: { width: 1000, height: 820 } },
  phone: { viewport: { width: 360, height: 740 } },
  dark: { viewport: { width: 1000, height: 820 }, colorScheme: "dark" },
}
// All pages are judged in all looks; these pictures are kept.
const kept = {
  wide: ["launcher", "launcher-more", "sample-app-asks", "sample-app", "backend", "check", "register", "registered", "agent"],
  phone: ["launcher", "sample-app", "agent"],
  dark: ["sample-app"],
}
const scope = "launch/patient patient/Observation.rs?category=laboratory patient/Observatio.rs openid fhirUser"

export default async arrives => {
  for (const [look, options] of Object.entries({ ...looks, narrowest: { viewport: { width: 320, height: 640 } } })) {
    const visitor = await arrives(options)
    const { page } = visitor
    const takes = async (name, from = "body") => {
      await visitor.judges()
      await page.locator(from).first().evaluate(element => element.scrollIntoView())
      if (kept[look]?.includes(name)) await page.screenshot({ path: `${folder}${name}-${look}.png` })
    }
    await page.goto(`${world.base}/?type=provider-ehr&patient=amy-shaw`)
    await takes("launcher")
    await page.goto(`${world.base}/?type=provider-ehr&patient=amy-shaw&context=DiagnosticReport/amy-shaw-lab-report&intent=order-review&simulate=narrower_scopes`)
    await takes("launcher-more", "details[open]")
    await page.goto(`${world.base}/launcher/validate/scope?text=${encodeURIComponent(scope)}`)
    await takes("check")
    await page.goto(`${world.base}/launcher/register`)
    await takes("register")
    await page.locator("#do-register").click()
    await page.locator("#settings").waitFor()
    await takes("registered")
    const login = await launches(visitor, { type: "provider-ehr", patient: "amy-shaw" })
    await page.locator("#continue").waitFor()
    await takes("sample-app-asks")
    await continues(visitor)
    await signsIn(page, login)
    await allows(page)
    await isReady(page)
    expectsErrors(visitor)
    await takes("sample-app")
    await launches(visitor, { type: "backend" })
    await page.locator("#run").click()
    await page.locator('[data-step="reads"]').waitFor()
    await takes("backend")
    await page.goto(`${world.base}/launcher/agent`)
    await page.locator("#begin").click()
    await continues(visitor)
    await signsIn(page, { username: "amy", password: "demo-amy" })
    await allows(page)
    await isReady(page)
    expectsErrors(visitor)
    await takes("agent", '[data-part="after"]')
  }
}
