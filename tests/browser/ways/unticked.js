// Observations are unticked: the app's scope is without them, and so is its token. What it needs can't be unticked.
import assert from "node:assert/strict"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  const visitor = await arrives()
  await visitor.opensApp({ scope, client: "medication-list" })
  await visitor.signsIn("amy")
  await visitor.arrivesAt("Give Medication List access?")
  const { page } = visitor
  const box = scope => page.locator(`input[type=checkbox][value="${scope}"]`)
  assert.equal(await box("patient/Patient.rs").count(), 0)
  await box("patient/Observation.rs").uncheck()
  await box("offline_access").uncheck()
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Amy.* Shaw/)
  const tokens = await visitor.tokens()
  assert.equal(tokens.scope, "launch/patient openid fhirUser patient/Patient.rs")
  assert.equal(tokens.refresh_token, undefined)
  const refusal = await page.evaluate(() => window.client.request("Observation").catch(error => error.status))
  assert.equal(refusal, 403)
  visitor.expectsComplaint(/403/)
  visitor.leaves()
}
