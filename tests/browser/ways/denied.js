// No at the end, and no at the beginning: the app hears of both.
import assert from "node:assert/strict"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  const visitor = await arrives()
  await visitor.opensApp({ scope })
  await visitor.signsIn("amy")
  await visitor.denies()
  assert.match(await visitor.reads("error"), /^access_denied/)

  await visitor.opensApp({ scope })
  await visitor.arrivesAt("Sign in")
  await visitor.page.getByRole("button", { name: "Cancel" }).click()
  await visitor.isBackAtApp()
  assert.match(await visitor.reads("error"), /^access_denied/)
  visitor.leaves()
}
