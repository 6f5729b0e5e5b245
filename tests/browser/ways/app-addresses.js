// Where an app lives is its own business: in a scheme of its own, behind another address of its own, in a pop-up.
import assert from "node:assert/strict"
import { requestUrl, world } from "../visitor.js"

// The three spellings that native apps use (RFC 8252 §7.1), at each way back: yes, no, cancelled.
const NATIVE = ["com.example.chart:/callback", "com.example.chart://callback", "com.example.chart:///callback"]
const ANSWERS = [["Allow", "code="], ["Deny", "error=access_denied"], ["Cancel", "error=access_denied"]]

export default async arrives => {
  for (const redirect_uri of NATIVE) {
    for (const [button, expected] of ANSWERS) {
      const visitor = await arrives()
      await visitor.opensRequest({ client_id: "pocket-chart", redirect_uri, scope: "patient/*.rs" })
      if (button === "Cancel") await visitor.arrivesAt("Sign in")
      else {
        await visitor.signsIn("amy")
        await visitor.arrivesAt(/^Give .* access\?$/)
      }
      const opened = await leadsOutOfTheBrowser(visitor, button)
      assert.ok(opened.startsWith(redirect_uri) && opened.includes(expected), opened)
      visitor.leaves()
    }
  }

  // A callback that sends its user on to another address of the app.
  const visitor = await arrives()
  await visitor.opensRequest({ redirect_uri: `${world.pages}/onward`, scope: "patient/*.rs" })
  await visitor.signsIn("amy")
  await visitor.arrivesAt(/^Give .* access\?$/)
  await visitor.page.getByRole("button", { name: "Allow" }).click()
  await visitor.page.waitForURL("http://localhost:*/landed?code=**")
  visitor.leaves()

  // A pop-up whose opener waits for it, as with fhirclient's `target: "popup"`.
  const opener = await arrives()
  await opener.page.goto(`${world.pages}/popup.html`)
  const [window] = await Promise.all([
    opener.page.waitForEvent("popup"),
    opener.page.evaluate(url => { open(url, "_blank", "popup,width=600,height=700") },
      requestUrl({ redirect_uri: `${world.pages}/popup.html`, scope: "patient/*.rs" })),
  ])
  await window.getByLabel("Username").fill("amy")
  await window.getByLabel("Password").fill(world.password)
  await window.getByRole("button", { name: "Sign in", exact: true }).click()
  await window.getByRole("button", { name: "Allow" }).click()
  assert.match(await opener.reads("answer"), /code=/)
  opener.leaves()
}

// No app of the machine takes the address here, so the browser says where it was sent, and whether it would have gone.
async function leadsOutOfTheBrowser({ page, complaints }, button) {
  const network = await page.context().newCDPSession(page)
  await network.send("Network.enable")
  const sent = new Promise(resolve => network.on("Network.responseReceivedExtraInfo", ({ headers }) => {
    const location = headers.location ?? headers.Location
    if (location && !location.startsWith("http")) resolve(location)
  }))
  await page.getByRole("button", { name: button, exact: true }).click({ noWaitAfter: true })
  const location = await Promise.race([sent, new Promise(late => setTimeout(late, 10_000, "nowhere"))])
  await page.waitForTimeout(300)
  assert.deepEqual(complaints.filter(complaint => /Content Security Policy|form-action/.test(complaint)), [])
  // What the browser itself says where the machine has no such app.
  complaints.splice(0, complaints.length, ...complaints.filter(complaint => !/Failed to launch 'com\.example/.test(complaint)))
  return location
}
