// An authenticator app, set up at the first sign-in; a password changed; a recovery code at the next. On a desktop, on the
// narrowest phone, in the dark and at 200 %.
import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import { world } from "../visitor.js"

export const scope = "launch/patient openid fhirUser patient/*.rs"
const looks = {
  amy: {},
  anna: { viewport: { width: 320, height: 844 }, hasTouch: true, isMobile: true },
  asha: { colorScheme: "dark" },
  alma: { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
}

export default async arrives => {
  for (const [username, look] of Object.entries(looks)) await goes(await arrives(look), username)
}

async function goes(visitor, username) {
  const { page } = visitor
  const codes = await setsUp(visitor, username)
  await page.goto(`${world.issuer}/account`)
  await visitor.arrivesAt("Your sign-in")
  const password = "a lantern in the long grass"
  await changesPassword(visitor, "mistyped password", password)
  await page.getByText("The current password is not right").waitFor()
  await visitor.judges()
  await changesPassword(visitor, world.password, password)
  await page.getByText("Your password is changed").waitFor()
  await visitor.judges()
  await signsOut(visitor)

  await visitor.opensApp({ scope })
  await visitor.signsIn(username, password)
  await visitor.arrivesAt("One more step")
  await page.getByLabel("Code", { exact: true }).fill("000000")
  await page.getByRole("button", { name: "Continue" }).click()
  await page.getByRole("heading", { name: "That was not right" }).waitFor()
  await visitor.judges()
  await page.getByLabel("Code", { exact: true }).fill(codes[0])
  await page.getByRole("button", { name: "Continue" }).click()
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Amy.* Shaw/)
  visitor.leaves()
}

// From the app's request to the app, with an authenticator app set up on the way. Gives the recovery codes.
export async function setsUp(visitor, username, looksAt = async () => {}) {
  const { page } = visitor
  await visitor.opensApp({ scope })
  await visitor.signsIn(username)
  await visitor.arrivesAt("Set up an authenticator app")
  await looksAt("app-setup")
  await page.getByLabel("The code that the app shows now").fill("000000")
  await page.getByRole("button", { name: "Turn on" }).click()
  await page.getByRole("heading", { name: "That was not right" }).waitFor()
  await visitor.judges()
  await page.getByLabel("The code that the app shows now").fill(code(await page.locator("#key").innerText()))
  await page.getByRole("button", { name: "Turn on" }).click()
  await visitor.arrivesAt("Keep your recovery codes")
  await looksAt("recovery-codes")
  const codes = await page.locator("code").allInnerTexts()
  assert.equal(codes.length, 8)
  await page.getByRole("button", { name: "I have kept them" }).click()
  await visitor.allows()
  await visitor.reads("patient")
  return codes
}

export async function signsOut(visitor) {
  await visitor.page.goto(`${world.issuer}/logout`)
  await visitor.page.getByRole("button", { name: "Sign out" }).click()
  await visitor.arrivesAt("You are signed out")
}

async function changesPassword({ page }, current, next) {
  await page.getByLabel("Current password").fill(current)
  await page.getByLabel("New password", { exact: true }).fill(next)
  await page.getByLabel("New password again").fill(next)
  await page.getByRole("button", { name: "Change the password" }).click()
}

// RFC 6238, as an app has it.
export function code(key) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
  const bits = [...key.replace(/\s/g, "")].map(c => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("")
  const secret = Buffer.from(bits.match(/.{8}/g).map(byte => parseInt(byte, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)))
  const tag = createHmac("sha1", secret).update(step).digest()
  const number = tag.readUInt32BE(tag.at(-1) & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, "0")
}
