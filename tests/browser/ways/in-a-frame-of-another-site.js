// The EHR, the server and the app are three sites, and all cookies of third parties are blocked but partitioned ones: what is done
// in the frame is done there alone (LCTX-10).
import assert from "node:assert/strict"
import { requestUrl, world } from "../visitor.js"
import { speaksTls } from "../tls.js"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  const { port } = new URL(world.issuer)
  const tls = await speaksTls(port, { [`localhost:${port}`]: world.base, default: world.pages })
  const ehr = host => `https://${host}:${port}/ehr.html?${new URLSearchParams({ app: requestUrl({ scope }) })}`
  try {
    const visitor = await arrives({ ignoreHTTPSErrors: true })
    const { page } = visitor
    await page.goto(ehr("127.0.0.1"))
    await goesOn(page)
    const cookies = await page.context().cookies()
    const own = cookies.filter(cookie => cookie.domain === "localhost")
    assert.ok(own.length > 0 && own.every(cookie => cookie.secure && cookie.sameSite === "None"), JSON.stringify(own))
    assert.ok(own.every(cookie => cookie.partitionKey), JSON.stringify(own))

    // Browsers focus nothing in a frame of another site by themselves, and say so for each page with a first field.
    visitor.complaints = visitor.complaints.filter(said => !said.includes("autofocusing"))

    // Outside the frame nobody is signed in.
    await page.goto(requestUrl({ scope }))
    await visitor.arrivesAt("Sign in")

    const stranger = await arrives({ ignoreHTTPSErrors: true })
    const refusal = stranger.page.waitForEvent("console", message => message.text().includes("frame-ancestors"))
    await Promise.all([refusal, stranger.page.goto(ehr("stranger.localhost"))])
    assert.equal(await stranger.page.frameLocator("iframe").getByLabel("Username").count(), 0)
  } finally {
    tls.close()
  }
}

async function goesOn(page) {
  const frame = page.frameLocator("iframe")
  await frame.getByLabel("Username").fill("amy")
  await frame.getByLabel("Password").fill(world.password)
  await frame.getByRole("button", { name: "Sign in" }).click()
  await frame.getByRole("button", { name: "Allow" }).click()
  const [, inside] = page.frames()
  await inside.waitForURL(`${world.pages}/index.html?code=**`)
}
