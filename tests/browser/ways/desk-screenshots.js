// Pictures of the local server's pages for its README: wide ones, some on a phone, one in the dark.
import { fileURLToPath } from "node:url"
import { allows, continues, expectsErrors, isReady, launches, signsIn } from "../desk.js"
import { world } from "../visitor.js"

const folder = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url))
const looks = {
  wide: { viewport: { width: 1200, height: 800 } },
  phone: { viewport: { width: 360, height: 760 } },
  dark: { viewport: { width: 1200, height: 800 }, colorScheme: "dark" },
}
const scope = "launch/patient patient/Observation.rs?category=laboratory patient/Observatio.rs openid fhirUser"

export default async arrives => {
  for (const [look, options] of Object.entries(looks)) {
    const visitor = await arrives(options)
    const { page } = visitor
    const takes = async (name, whole = true) => {
      await visitor.judges()
      const path = process.env.PICTURES ?? folder
      await page.screenshot({ path: `${path}${name}-${look}.png`, fullPage: whole })
    }
    await page.goto(`${world.base}/?type=provider-ehr&patient=amy-shaw`)
    await takes("launcher")
    await page.goto(`${world.base}/?type=provider-ehr&patient=amy-shaw&context=DiagnosticReport/amy-shaw-lab-report&intent=order-review&simulate=narrower_scopes`)
    await takes("launcher-more")
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
  }
}
