// A patient opens an app: there is nobody to pick.
import assert from "node:assert/strict"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  const visitor = await arrives()
  await visitor.opensApp({ scope, client: "medication-list" })
  await visitor.signsIn("amy")
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Amy.* Shaw/)
  visitor.leaves()
}
