// What an app of US Core asks for, some thirty scopes: the answer is in sight without scrolling, and stays beside what has the
// focus and not over it (WCAG 2.4.11). A wrong patient is exchanged from there.
import assert from "node:assert/strict"

const types = ["AllergyIntolerance", "CarePlan", "CareTeam", "Condition", "Coverage", "Device", "DiagnosticReport",
  "DocumentReference", "Encounter", "Goal", "Immunization", "Location", "Medication", "MedicationDispense",
  "MedicationRequest", "Observation", "Organization", "Patient", "Practitioner", "PractitionerRole", "Procedure",
  "Provenance", "QuestionnaireResponse", "RelatedPerson", "ServiceRequest", "Specimen"]
const scope = ["launch/patient", "openid", "fhirUser", "offline_access", ...types.map(type => `patient/${type}.rs`)].join(" ")

export default async arrives => {
  const visitor = await arrives()
  const { page } = visitor
  await visitor.opensRequest({ scope })
  await visitor.signsIn("hannah")
  await visitor.searches("Shaw, Leo")
  await visitor.picks(/Leo.* Shaw/)
  await visitor.arrivesAt("Give Growth Chart access?")
  await page.getByRole("button", { name: "Choose another patient" }).click()
  await visitor.searches("Amy Shaw 20 February 1987")
  await visitor.picks(/Amy.* Shaw/)
  await visitor.arrivesAt("Give Growth Chart access?")
  assert.equal(await page.evaluate(() => window.scrollY), 0)
  for (const name of ["Allow", "Deny"]) {
    const { y, height } = await page.getByRole("button", { name }).boundingBox()
    assert.ok(y > 0 && y + height <= 800, `${name} is at ${y}`)
  }
  const reach = await page.getByText("For the one patient whose record is open in the app").count()
  assert.equal(reach, 1, "whose record it is, is said once")
  assert.equal(await page.getByRole("group", { name: "See" }).getByRole("checkbox").count(), types.length)
  for (const box of await page.getByRole("checkbox").all()) {
    await box.focus()
    const hidden = await box.evaluate(element => {
      const { left, top, width, height } = element.getBoundingClientRect()
      return document.elementFromPoint(left + width / 2, top + height / 2) !== element
    })
    assert.ok(!hidden, `the answer covers ${await box.getAttribute("value")}`)
  }
  const [own] = await Promise.all([page.waitForEvent("popup"), page.getByRole("link", { name: /Apps with access/ }).click()])
  await own.getByRole("heading", { level: 1, name: "Apps with access" }).waitFor()
  await own.close()
  await page.setViewportSize({ width: 390, height: 844 })
  await visitor.judges()
  await page.getByRole("button", { name: "Allow" }).click()
  await visitor.isBackAtApp()
}
