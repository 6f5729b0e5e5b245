// The attribute is a number, by which the FHIR server finds the person. Whose number nobody has is not signed in.
import assert from "node:assert/strict"
import { arrives, world } from "../keycloak.js"

export default async comes => {
  const visitor = await comes()
  await arrives(visitor, "hannah", "For staff")
  await visitor.searches("chen")
  await visitor.picks(/Wei.* Chen/)
  await visitor.allows()
  await visitor.reads("patient")
  const { fhirUser } = JSON.parse(Buffer.from((await visitor.tokens()).id_token.split(".")[1], "base64url"))
  assert.equal(fhirUser, `${world.fhir}/Practitioner/hannah-patel`)
  visitor.leaves()
  for (const stranger of ["nobody", "amy"]) {
    const other = await comes()
    await arrives(other, stranger, "For staff")
    await other.arrivesAfterRefusal("Your account is not known here")
    other.leaves()
  }
}
