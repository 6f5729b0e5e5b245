// From the form of a second factor straight to an app in a scheme of its own, where nothing more is asked.
import assert from "node:assert/strict"
import { NATIVE, leadsOutOfTheBrowser } from "./app-addresses.js"
import { setsUp, signsOut } from "./second-factor.js"

export default async arrives => {
  const visitor = await arrives()
  const codes = await setsUp(visitor, "aria")
  for (const [index, redirect_uri] of NATIVE.entries()) {
    const tab = await visitor.opensTab()
    await signsOut(tab)
    await tab.opensRequest({ client_id: "ward-chart", redirect_uri, scope: "patient/*.rs" })
    await tab.signsIn("aria")
    await tab.arrivesAt("One more step")
    await tab.page.getByLabel("Code", { exact: true }).fill(codes[index])
    const opened = await leadsOutOfTheBrowser(tab, "Continue")
    assert.ok(opened.startsWith(`${redirect_uri}?`) && opened.includes("code="), opened)
  }
  visitor.leaves()
}
