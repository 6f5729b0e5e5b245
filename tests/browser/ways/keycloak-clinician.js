// A clinician, who picks a patient after the sign-in there; the next app asks for no password.
import assert from "node:assert/strict"
import { arrives, scope } from "../keycloak.js"

export default async comes => {
  const visitor = await comes()
  await arrives(visitor, "hannah")
  await visitor.searches("chen")
  await visitor.picks(/Wei.* Chen/)
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Wei.* Chen/)
  await visitor.opensApp({ scope, client: "medication-list" })
  await visitor.arrivesAt("Choose a patient")
  visitor.leaves()
}
