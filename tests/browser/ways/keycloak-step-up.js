// An app needs two factors: Keycloak, which has one already, asks for the second alone, and the id_token says what was shown.
import assert from "node:assert/strict"
import { asks, claims, isAtKeycloak, signsIn, totp } from "../keycloak.js"

export default async comes => {
  const visitor = await comes()
  const { page } = visitor
  await asks(visitor, {})
  await isAtKeycloak(visitor)
  await signsIn(visitor, "hannah")
  await picks(visitor)
  assert.equal((await claims(visitor)).acr, "password")
  await asks(visitor, { acr_values: "two-factors" })
  await isAtKeycloak(visitor)
  await page.locator("#otp").fill(totp("a-shared-secret-of-hannah"))
  visitor.complaints = []
  await page.getByRole("button", { name: "Sign In" }).click()
  await picks(visitor)
  assert.equal((await claims(visitor)).acr, "two-factors")
  // Whoever has shown two needs no more.
  await asks(visitor, { acr_values: "two-factors" })
  await picks(visitor)
  assert.equal((await claims(visitor)).acr, "two-factors")
  visitor.leaves()
}

async function picks(visitor) {
  await visitor.searches("chen")
  await visitor.picks(/Wei.* Chen/)
}
