// A person signs out here, and then at Keycloak by the link on that page. Signed out at Keycloak alone, they stay signed in here.
// It is nobody who signs in in other tests: an administrator ends all of their sessions.
import { admin, arrives, isAtKeycloak, leavesForKeycloak, person, scope, world } from "../keycloak.js"

export default async comes => {
  const visitor = await comes()
  const { page } = visitor
  await arrives(visitor, "wei")
  await visitor.allows()
  await page.goto(`${world.issuer}/logout`)
  await visitor.arrivesAt("Sign out?")
  await page.getByRole("button", { name: "Sign out" }).click()
  await visitor.arrivesAt("You are signed out")
  await page.getByRole("link", { name: "Sign out there too" }).click()
  await isAtKeycloak(visitor)
  await page.getByRole("button", { name: "Logout" }).click()
  await page.getByRole("heading", { level: 1, name: "You are logged out" }).waitFor()
  visitor.complaints = []
  await leavesForKeycloak(visitor)
  await page.locator("#username:visible").waitFor()
  visitor.complaints = []

  const other = await comes()
  await arrives(other, "wei")
  await other.allows()
  await admin("POST", `/users/${(await person("wei")).id}/logout`)
  await other.opensApp({ scope, client: "medication-list" })
  await other.allows()
  other.leaves()
}
