// Every page on a phone and on the narrowest one, 320 px, which is also a desktop at 400 % (WCAG 1.4.10).
import { world } from "../visitor.js"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  for (const width of [390, 320]) {
    const visitor = await arrives({ viewport: { width, height: 844 }, hasTouch: true, isMobile: true })
    await everyPage(visitor, "ines")
    visitor.leaves()
  }
}

// All pages there are, judged as they come. Each way has a person of its own: taking an app's access away takes it from
// whoever else is at it as the same person at that moment.
export async function everyPage(visitor, username) {
  await visitor.opensApp({ scope, client: "medication-list" })
  await visitor.signsIn(username, "mistyped")
  await visitor.page.getByRole("heading", { name: "You are not signed in" }).waitFor()
  await visitor.signsIn(username)
  await visitor.page.getByLabel("Patient’s name").fill("nobody has such a name")
  await visitor.page.getByRole("button", { name: "Search" }).click()
  await visitor.page.getByRole("heading", { name: "No patient found" }).waitFor()
  await visitor.searches("v")
  await visitor.judges()
  await visitor.searches("olson")
  await visitor.judges()
  await visitor.searches("shaw")
  await visitor.judges()
  await visitor.picks(/Amy.* Shaw/)
  for (const part of await visitor.page.locator("summary").all()) await part.click()
  await visitor.judges()
  await visitor.allows()
  await visitor.reads("patient")
  await visitor.page.goBack()
  await visitor.arrivesAt("You have already answered")

  await visitor.page.goto(`${world.issuer}/manage`)
  await visitor.arrivesAt("Apps with access")
  await visitor.page.locator("summary").first().click()
  await visitor.judges()
  await visitor.page.getByRole("button", { name: /Take access away/ }).first().click()
  await visitor.page.getByText("has no access any more").waitFor()
  await visitor.judges()

  await visitor.opensRequest({ scope: "launch/patient launch/encounter patient/*.rs" })
  await visitor.picks(/Amy.* Shaw/)
  await visitor.page.getByRole("heading", { name: /visits and hospital stays/, level: 1 }).waitFor()
  await visitor.judges()
  await visitor.page.getByRole("button", { name: "Continue without" }).click()
  await visitor.page.getByText("any that will be added in the future").first().waitFor()
  for (const part of await visitor.page.locator("summary").all()) await part.click()
  await visitor.judges()

  await visitor.opensRequest({ scope, prompt: "select_account" })
  await visitor.arrivesAt("Is this you?")
  await visitor.page.goto(`${world.issuer}/logout`)
  await visitor.arrivesAt("Sign out?")
  await visitor.page.getByRole("button", { name: "Stay signed in" }).click()
  await visitor.arrivesAt("You are still signed in")
  await visitor.page.goto(`${world.issuer}/logout`)
  await visitor.page.getByRole("button", { name: "Sign out" }).click()
  await visitor.arrivesAt("You are signed out")
  await visitor.page.goto(`${world.issuer}/manage?error=login_required`)
  await visitor.arrivesAt("Apps with access")
  await visitor.page.getByRole("link", { name: "Sign in" }).click()
  await visitor.arrivesAt("Sign in")

  const answer = await visitor.page.goto(`${world.issuer}/authorize?client_id=unknown`)
  if (answer.status() !== 400) throw new Error(`an unknown client got ${answer.status()}`)
  visitor.expectsComplaint(/400/)
  await visitor.arrivesAt("We can’t continue")
}
