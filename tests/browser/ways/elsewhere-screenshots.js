// The picture of the choice of a provider.
import { fileURLToPath } from "node:url"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  const visitor = await arrives()
  await visitor.opensApp({ scope, client: "medication-list" })
  await visitor.arrivesAt("Sign in")
  const path = fileURLToPath(new URL("../../../docs/screenshots/provider-choice-wide.png", import.meta.url))
  await visitor.page.screenshot({ path, fullPage: true })
}
