// Pictures of sign-in, picker and consent for the README: wide, on a phone, and one in the dark.
import { fileURLToPath } from "node:url"
import { scope } from "./standalone-launch.js"

const folder = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url))
const looks = {
  wide: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 } },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
}

export default async arrives => {
  for (const [look, options] of Object.entries(looks)) {
    const visitor = await arrives(options)
    // One picture in the dark is enough.
    const wanted = name => look !== "dark" || name === "consent"
    const takes = name => wanted(name) && visitor.page.screenshot({ path: `${folder}${name}-${look}.png`, fullPage: true })
    await visitor.opensRequest({ scope, redirect_uri: "https://growth-chart.example/callback" })
    await visitor.arrivesAt("Sign in")
    await visitor.page.getByLabel("Username").fill("hannah")
    await takes("sign-in")
    await visitor.signsIn("hannah")
    await visitor.searches("shaw")
    await visitor.page.getByRole("radio", { name: /Amy/ }).check()
    await takes("patient-picker")
    await visitor.picks(/Amy/)
    await visitor.arrivesAt(/^Give .* access\?$/)
    await takes("consent")
  }
}
