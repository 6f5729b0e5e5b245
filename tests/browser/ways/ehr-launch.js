// The EHR hands over patient and encounter; the clinician signs in and agrees; the app reads, refreshes, reads again.
import assert from "node:assert/strict"
import { world } from "../visitor.js"

export default async arrives => {
  const visitor = await arrives()
  await visitor.isLaunched({ patient: "amy-shaw", encounter: "amy-shaw-visit", need_patient_banner: false })
  await visitor.signsIn("hannah")
  await visitor.arrivesAt("Give Growth Chart access?")
  await visitor.page.getByRole("definition").getByText(/^Amy.* Shaw, born 20 February 1987/).waitFor()
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Amy.* Shaw/)
  const tokens = await visitor.tokens()
  assert.equal(tokens.patient, "amy-shaw")
  assert.equal(tokens.encounter, "amy-shaw-visit")
  assert.equal(tokens.need_patient_banner, false)
  const user = await visitor.page.evaluate(() => window.client.user.fhirUser)
  assert.equal(user, "Practitioner/hannah-patel")
  assert.match(await visitor.refreshes(), /Amy.* Shaw/)
  assert.notEqual((await visitor.tokens()).refresh_token, tokens.refresh_token)
  assert.equal(new URL(visitor.page.url()).origin, world.pages)
  visitor.leaves()
}
