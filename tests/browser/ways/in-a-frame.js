// An EHR shows an app, and these pages, in a frame: the way is gone there where the tenant names the EHR's origin, and in no
// other frame does a page appear (LCTX-10).
import assert from "node:assert/strict"
import { requestUrl, world } from "../visitor.js"
import { scope } from "./standalone-launch.js"

const app = new URLSearchParams({ app: requestUrl({ scope }) })

export default async arrives => {
  const visitor = await arrives()
  // By its number it is the same site as the server, which a cookie needs where there is no https.
  await visitor.page.goto(`${world.pages.replace("localhost", "127.0.0.1")}/ehr.html?${app}`)
  const frame = visitor.page.frameLocator("iframe")
  await frame.getByLabel("Username").fill("amy")
  await frame.getByLabel("Password").fill(world.password)
  await frame.getByRole("button", { name: "Sign in" }).click()
  await frame.getByRole("button", { name: "Allow" }).click()
  const [, inside] = visitor.page.frames()
  await inside.waitForURL(`${world.pages}/index.html?code=**`)

  // Another origin, though it is the same machine.
  const stranger = await arrives()
  const refusal = stranger.page.waitForEvent("console", message => message.text().includes("frame-ancestors"))
  await Promise.all([refusal, stranger.page.goto(`${world.pages}/ehr.html?${app}`)])
  assert.equal(await stranger.page.frameLocator("iframe").getByLabel("Username").count(), 0)
}
