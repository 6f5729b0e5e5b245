// A patient signs in with an account that they have elsewhere: chooses the provider, says no there, thinks again.
import assert from "node:assert/strict"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  const visitor = await arrives()
  const { page } = visitor
  await visitor.opensApp({ scope, client: "medication-list" })
  await visitor.arrivesAt("Sign in")
  await page.getByRole("link", { name: "Hospital account" }).click()
  await page.getByRole("button", { name: "No" }).click()
  await visitor.arrivesAfterRefusal("You are not signed in")
  await page.getByRole("link", { name: "Try again" }).click()
  await page.getByLabel("Account").fill("amy")
  await page.getByRole("button", { name: "Go on" }).click()
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Amy.* Shaw/)
  visitor.leaves()
}
