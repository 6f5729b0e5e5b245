// A patient has an account at Keycloak, where an attribute says which record is theirs.
import assert from "node:assert/strict"
import { arrives, world } from "../keycloak.js"

export default async comes => {
  const visitor = await comes()
  await arrives(visitor, "amy")
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Amy.* Shaw/)
  const { patient, id_token } = await visitor.tokens()
  assert.equal(patient, "amy-shaw")
  const { fhirUser } = JSON.parse(Buffer.from(id_token.split(".")[1], "base64url"))
  assert.equal(fhirUser, `${world.fhir}/Patient/amy-shaw`)
  assert.match(await visitor.refreshes(), /Amy.* Shaw/)
  visitor.leaves()
}
