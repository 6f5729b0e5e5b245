// Registered with a secret, and an id_token without the attribute: it is read at the userinfo endpoint.
import assert from "node:assert/strict"
import { arrives } from "../keycloak.js"

export default async comes => {
  const visitor = await comes()
  await arrives(visitor, "amy", "By secret")
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Amy.* Shaw/)
  visitor.leaves()
}
