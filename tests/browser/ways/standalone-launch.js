// The app is opened outside the EHR; after a mistyped password the clinician signs in, finds a patient by name and agrees.
import assert from "node:assert/strict"

export const scope = "launch/patient openid fhirUser offline_access patient/Patient.rs patient/Observation.rs"

export default async arrives => {
  const visitor = await arrives()
  await visitor.opensApp({ scope })
  await visitor.signsIn("hannah", "mistyped")
  await visitor.page.getByRole("heading", { name: "You are not signed in" }).waitFor()
  await visitor.signsIn("hannah")
  await visitor.searches("chen")
  await visitor.picks(/Wei.* Chen/)
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Wei.* Chen/)
  assert.equal((await visitor.tokens()).patient, "wei-chen")
  assert.equal((await visitor.tokens()).scope, scope)
  assert.match(await visitor.refreshes(), /Wei.* Chen/)
  visitor.leaves()
}
