// The provider signs for another app, signs what has expired, or is down: nobody is signed in, the page says so, and there is a way on.
import assert from "node:assert/strict"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  const visitor = await arrives()
  const { page } = visitor
  await visitor.opensApp({ scope, client: "medication-list" })
  await chooses(visitor, "Signs for another app")
  await page.getByLabel("Account").fill("amy")
  await page.getByRole("button", { name: "Go on" }).click()
  await isNotSignedIn(visitor, "can’t be trusted")
  // The provider knows its visitor from here on.
  await chooses(visitor, "Signs in the past")
  await isNotSignedIn(visitor, "can’t be trusted")
  await chooses(visitor, "Is down")
  await isNotSignedIn(visitor, "does not answer as it should")
  await chooses(visitor, "Hospital account")
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Amy.* Shaw/)
  visitor.leaves()
}

async function chooses(visitor, provider) {
  await visitor.arrivesAt("Sign in")
  await visitor.page.getByRole("link", { name: provider }).click()
}

async function isNotSignedIn(visitor, why) {
  await visitor.arrivesAfterRefusal("You are not signed in")
  await visitor.page.getByText(why).waitFor()
  await visitor.page.getByRole("link", { name: "Sign in another way" }).click()
}
