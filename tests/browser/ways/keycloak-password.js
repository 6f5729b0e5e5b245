// An administrator gives a person another password: the old one is refused there, the new one leads to the app.
import assert from "node:assert/strict"
import { admin, leavesForKeycloak, person, signsIn } from "../keycloak.js"

export default async comes => {
  const mia = await person("mia")
  const value = "another correct horse"
  await admin("PUT", `/users/${mia.id}/reset-password`, { type: "password", value, temporary: false })
  const visitor = await comes()
  await leavesForKeycloak(visitor)
  await signsIn(visitor, "mia")
  await visitor.page.getByText("Invalid username or password").waitFor()
  await signsIn(visitor, "mia", value)
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Mia.* Rivera/)
  visitor.leaves()
}
