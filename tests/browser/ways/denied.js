// No at the end, and no at the beginning: the app hears of both.
import assert from "node:assert/strict"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  const visitor = await arrives()
  await visitor.opensApp({ scope })
  await visitor.signsIn("amy")
  await visitor.denies()
  assert.match(await visitor.reads("error"), /^access_denied/)

  // The session knows who it is; a browser without one is asked first.
  const stranger = await arrives()
  await stranger.opensApp({ scope })
  await stranger.arrivesAt("Sign in")
  await stranger.page.getByRole("button", { name: "Cancel" }).click()
  await stranger.isBackAtApp()
  assert.match(await stranger.reads("error"), /^access_denied/)
  stranger.leaves()
  visitor.leaves()
}
