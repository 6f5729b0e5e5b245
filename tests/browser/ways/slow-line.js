// A slow line and an impatient hand: two taps, an answer that never arrives, a reload. Each ends at the app, with its code.
import assert from "node:assert/strict"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  for (const impatience of [tapsTwice, reloads, goesBack]) {
    const visitor = await arrives()
    await visitor.opensApp({ scope })
    await visitor.signsIn("amy")
    await visitor.arrivesAt(/^Give .* access\?$/)
    await impatience(visitor.page)
    assert.match(await visitor.reads("patient"), /Amy.* Shaw/)
    visitor.complaints = visitor.complaints.filter(complaint => !complaint.includes("net::ERR_"))
    visitor.leaves()
  }
}

// A tap as a hand makes it: it does not wait for what comes of it.
const taps = (page, ...after) => page.getByRole("button", { name: "Allow" }).evaluate(
  (button, times) => { for (const time of times) setTimeout(() => button.click(), time) }, after)
const isAnswer = route => route.request().method() === "POST"

// The server has the first tap, and its answer is on the way when the second one comes.
async function tapsTwice(page) {
  await slowly(page)
  await taps(page, 0, 700)
}

// The line goes down after the server has heard the yes; the person goes back to the page's address.
async function reloads(page) {
  const url = page.url()
  await loses(page)
  await taps(page, 0)
  await isDown(page)
  await page.goto(url).catch(() => undefined)
}

// The same by the back button.
async function goesBack(page) {
  await loses(page)
  await taps(page, 0)
  await isDown(page)
  await page.goBack().catch(() => undefined)
}

async function slowly(page) {
  await page.route("**/authorize/*", async route => {
    if (!isAnswer(route)) return route.continue()
    const response = await route.fetch({ maxRedirects: 0 })
    await new Promise(later => setTimeout(later, 2_000))
    await route.fulfill({ response }).catch(() => undefined)
  })
}

// The browser says so.
const isDown = page => page.getByText("ERR_CONNECTION_RESET").waitFor()

async function loses(page) {
  await page.route("**/authorize/*", async route => {
    if (!isAnswer(route)) return route.continue()
    await route.fetch({ maxRedirects: 0 })
    await route.abort("connectionreset")
  }, { times: 1 })
}
