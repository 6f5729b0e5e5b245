// The person says no to the sample app, which shows that and offers the way back.
import assert from "node:assert/strict"
import { continues, launches, signsIn, text } from "../desk.js"

export default async arrives => {
  const visitor = await arrives()
  const { page } = visitor
  const login = await launches(visitor)
  await continues(visitor)
  await signsIn(page, login)
  await page.getByRole("button", { name: "Deny" }).click()
  await visitor.arrivesAt("Not signed in")
  assert.match(await text(page, "#problem"), /access_denied/)
  await page.getByRole("link", { name: "Back to the launcher" }).click()
  await visitor.arrivesAt("Launch an app")
  visitor.leaves()
}
