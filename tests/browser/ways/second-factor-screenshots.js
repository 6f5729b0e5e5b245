// Pictures of the second step, of setting it up, and of a person's own page.
import { fileURLToPath } from "node:url"
import { world } from "../visitor.js"
import { keepsPasskeys } from "./passkey.js"
import { scope, setsUp, signsOut } from "./second-factor.js"

const folder = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url))
const looks = {
  wide: ["alice", { viewport: { width: 1280, height: 800 } }, ["app-setup", "recovery-codes", "account", "second-factor"]],
  phone: ["anouk", { viewport: { width: 390, height: 844 } }, ["passkey-setup", "account"]],
}

export default async arrives => {
  for (const [look, [username, options, wanted]] of Object.entries(looks)) {
    const visitor = await arrives(options)
    const { page } = visitor
    const takes = async name => {
      if (wanted.includes(name)) await page.screenshot({ path: `${folder}${name}-${look}.png`, fullPage: true })
    }
    await setsUp(visitor, username, takes)
    await keepsPasskeys(page)
    await page.goto(`${world.issuer}/account`)
    await page.getByRole("button", { name: "Add a passkey" }).click()
    await visitor.arrivesAt("Make a passkey")
    await takes("passkey-setup")
    await page.getByRole("button", { name: "Make the passkey" }).click()
    await page.getByText("Your passkey is ready").waitFor()
    await page.goto(`${world.issuer}/account`)
    await visitor.arrivesAt("Your sign-in")
    await takes("account")
    await signsOut(visitor)
    await visitor.opensApp({ scope })
    await visitor.signsIn(username)
    await visitor.arrivesAt("One more step")
    await takes("second-factor")
  }
}
