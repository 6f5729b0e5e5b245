// Where an app lives is its own business: in a scheme of its own, behind another address of its own, in a pop-up.
import assert from "node:assert/strict"
import { setTimeout as after } from "node:timers/promises"
import { requestUrl, world } from "../visitor.js"

// The three spellings that native apps use (RFC 8252 §7.1), at each way back: yes, no, cancelled.
export const NATIVE = ["com.example.chart:/callback", "com.example.chart://callback", "com.example.chart:///callback"]
const ANSWERS = [["Allow", "code="], ["Deny", "error=access_denied"], ["Cancel", "error=access_denied"]]
const scope = "patient/*.rs"

export default async arrives => {
  for (const redirect_uri of NATIVE) {
    for (const [button, expected] of ANSWERS) {
      const visitor = await arrives()
      await visitor.opensRequest({ client_id: "pocket-chart", redirect_uri, scope })
      if (button === "Cancel") await visitor.arrivesAt("Sign in")
      else {
        await visitor.signsIn("amy")
        await visitor.arrivesAt(/^Give .* access\?$/)
      }
      const opened = await leadsOutOfTheBrowser(visitor, button)
      assert.ok(opened.startsWith(redirect_uri) && opened.includes(expected), opened)
      if (button === "Allow") await signsOut(await visitor.opensTab(), redirect_uri.replace("callback", "bye"))
      visitor.leaves()
    }
  }
  await isRemembered(await arrives())
  await isSentOn(await arrives())
  await opensWindow(await arrives())
  await opensPopUp(await arrives())
}

// The app asks to be shown the end.
async function signsOut(visitor, address) {
  const asked = new URLSearchParams({ client_id: "pocket-chart", post_logout_redirect_uri: address, state: "opaque" })
  await visitor.page.goto(`${world.issuer}/logout?${asked}`)
  await visitor.arrivesAt("Sign out?")
  assert.equal(await leadsOutOfTheBrowser(visitor, "Sign out"), `${address}?state=opaque`)
}

// With a yes of before, the form that leads to the app is the sign-in's.
async function isRemembered(visitor) {
  const asks = (tab, redirect_uri) => tab.opensRequest({ client_id: "ward-chart", redirect_uri, scope, prompt: "login" })
  await asks(visitor, NATIVE[0])
  await visitor.signsIn("amy")
  await visitor.arrivesAt("Give Ward Chart access?")
  await leadsOutOfTheBrowser(visitor, "Allow")
  for (const redirect_uri of NATIVE) {
    const tab = await visitor.opensTab()
    await asks(tab, redirect_uri)
    await tab.arrivesAt("Sign in")
    await fillsIn(tab.page)
    const opened = await leadsOutOfTheBrowser(tab, "Sign in")
    assert.ok(opened.startsWith(`${redirect_uri}?`) && opened.includes("code="), opened)
  }
  visitor.leaves()
}

// A callback that sends its user on to another address of the app.
async function isSentOn(visitor) {
  await visitor.opensRequest({ redirect_uri: `${world.pages}/onward`, scope })
  await visitor.signsIn("amy")
  await visitor.arrivesAt(/^Give .* access\?$/)
  await visitor.page.getByRole("button", { name: "Allow" }).click()
  await visitor.page.waitForURL("http://localhost:*/landed?code=**")
  visitor.leaves()
}

// A window that the app opens itself, and waits for.
async function opensWindow(opener) {
  await opener.page.goto(`${world.pages}/popup.html`)
  const [window] = await Promise.all([
    opener.page.waitForEvent("popup"),
    opener.page.evaluate(url => { open(url, "_blank", "popup,width=600,height=700") },
      requestUrl({ redirect_uri: `${world.pages}/popup.html`, scope })),
  ])
  await answersIn(window)
  assert.match(await opener.reads("answer"), /code=/)
  opener.leaves()
}

// fhirclient's `target: "popup"`: by its name and its opener the window knows at the end that it is one, hands over where it has
// arrived, and closes; the page that waited gets the token.
async function opensPopUp(opener) {
  const [window] = await Promise.all([
    opener.page.waitForEvent("popup"),
    opener.page.goto(`${world.pages}/launch.html?${new URLSearchParams({
      iss: world.fhir, target: "popup", scope: "launch/patient openid fhirUser patient/*.rs",
    })}`),
  ])
  const closed = window.waitForEvent("close")
  await answersIn(window)
  await closed
  await opener.isBackAtApp()
  assert.match(await opener.reads("patient"), /Amy.* Shaw/)
  opener.leaves()
}

async function answersIn(window) {
  await fillsIn(window)
  await window.getByRole("button", { name: "Sign in", exact: true }).click()
  // The window may be gone before a click in it would be done waiting.
  await window.getByRole("button", { name: "Allow" }).click({ noWaitAfter: true })
}

async function fillsIn(page) {
  await page.getByLabel("Username").fill("amy")
  await page.getByLabel("Password").fill(world.password)
}

// No app of the machine takes the address here, so the browser says where it goes: it asks for the address once its policies have let it,
// and gives up then. What ends in a page, or without an address, has led nowhere. It would ask its user first: so nothing else can be done in
// this tab afterwards.
export async function leadsOutOfTheBrowser({ page, complaints }, button) {
  const network = await page.context().newCDPSession(page)
  await network.send("Network.enable")
  const gone = new Promise(resolve => {
    const ends = how => ({ type }) => type === "Document" && resolve(how)
    network.on("Network.requestWillBeSent", ({ type, request: { url } }) => {
      if (type === "Document" && !url.startsWith("http")) resolve(url)
    })
    network.on("Network.loadingFailed", ends("nowhere"))
    network.on("Network.responseReceived", ends("to a page"))
  })
  await page.getByRole("button", { name: button, exact: true }).click({ noWaitAfter: true })
  const address = await Promise.race([gone, after(30_000, "nowhere in time", { ref: false })])
  assert.deepEqual(complaints, [])
  return address
}
