// A patient signs in with an account that they have elsewhere: chooses the provider, says no there, thinks again; what
// the provider answered is shown once more and is worth nothing. On a desktop, on the narrowest phone, in the dark and at 200 %,
// since only here there are providers.
import assert from "node:assert/strict"
import { world } from "../visitor.js"
import { scope } from "./standalone-launch.js"

const looks = [{}, { viewport: { width: 320, height: 844 }, hasTouch: true, isMobile: true }, { colorScheme: "dark" },
  { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }]

export default async arrives => {
  for (const look of looks) await signsInElsewhere(await arrives(look))
}

async function signsInElsewhere(visitor) {
  const { page } = visitor
  const answers = []
  page.on("request", request => request.url().includes("/authorize/callback/") && answers.push(request.url()))
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
  // The provider's no and its yes: neither is good again.
  assert.equal(answers.length, 2)
  for (const answer of [...answers]) {
    await page.goto(answer)
    await visitor.arrivesAt("You have already answered")
  }
  // What they sign in with is not here; their apps and the way out are.
  await page.goto(`${world.issuer}/account`)
  await visitor.arrivesAt("Your sign-in")
  await page.getByRole("link", { name: "Apps with access" }).click()
  await visitor.arrivesAt("Apps with access")
  visitor.leaves()
}
