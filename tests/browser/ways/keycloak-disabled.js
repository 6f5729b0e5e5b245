// An administrator disables a person, who is then signed in nowhere anew, and enables them again.
import assert from "node:assert/strict"
import { admin, arrives, leavesForKeycloak, person, signsIn } from "../keycloak.js"

export default async comes => {
  const leo = await person("leo")
  await admin("PUT", `/users/${leo.id}`, { ...leo, enabled: false })
  const visitor = await comes()
  await leavesForKeycloak(visitor)
  await signsIn(visitor, "leo")
  await visitor.page.getByText("Account is disabled").waitFor()
  await admin("PUT", `/users/${leo.id}`, { ...leo, enabled: true })
  const later = await comes()
  await arrives(later, "leo")
  await later.allows()
  assert.match(await later.reads("patient"), /Leo.* Shaw/)
  later.leaves()
}
