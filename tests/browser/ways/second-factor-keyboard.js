// The second step with the keyboard alone, and in a browser without scripts, where no passkey is offered.
import assert from "node:assert/strict"
import { world } from "../visitor.js"
import { code, scope, setsUp, signsOut } from "./second-factor.js"

export default async arrives => {
  const visitor = await arrives()
  const { page } = visitor
  const codes = await setsUp(visitor, "ada")
  await signsOut(visitor)
  await visitor.opensApp({ scope })
  await visitor.arrivesAt("Sign in")
  await page.keyboard.type("ada")
  await page.keyboard.press("Tab")
  await page.keyboard.type(world.password)
  await page.keyboard.press("Enter")
  await visitor.arrivesAt("One more step")
  // The field has the focus.
  await page.keyboard.type(codes[1])
  await page.keyboard.press("Enter")
  await visitor.allows()
  visitor.leaves()

  const without = await arrives({ javaScriptEnabled: false })
  await without.opensRequest({ scope })
  await without.arrivesAt("Sign in")
  assert.equal(await without.page.getByRole("button", { name: "Sign in with a passkey" }).count(), 0)
  await without.signsIn("abby")
  await without.arrivesAt("Set up an authenticator app")
  await without.page.getByLabel("The code that the app shows now").fill(code(await without.page.locator("#key").innerText()))
  await without.page.getByRole("button", { name: "Turn on" }).click()
  await without.page.getByRole("button", { name: "I have kept them" }).click()
  await without.arrivesAt(/^Give .* access\?$/)
  await without.page.goto(`${world.issuer}/account`)
  await without.arrivesAt("Your sign-in")
  await without.page.getByRole("button", { name: "Add a passkey" }).click()
  // Locators by text pass over <noscript>.
  await without.arrivesAt("Make a passkey")
  assert.match(await without.page.locator("main").innerText(), /Passkeys need JavaScript/)
  await without.page.getByRole("button", { name: "Cancel" }).click()
  await without.arrivesAt("Your sign-in")
  without.leaves()
}
