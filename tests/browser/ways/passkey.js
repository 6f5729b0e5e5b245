// A passkey in Chromium's own virtual authenticator: made at sign-in, signs in with nothing else, is refused without a check of
// its holder, and is removed.
import assert from "node:assert/strict"
import { world } from "../visitor.js"
import { scope, signsOut } from "./second-factor.js"

export default async arrives => {
  const visitor = await arrives({ viewport: { width: 320, height: 844 } })
  const { page } = visitor
  const device = await keepsPasskeys(page)
  await visitor.opensApp({ scope })
  await visitor.signsIn("agnes")
  await visitor.arrivesAt("Set up an authenticator app")
  await page.getByRole("button", { name: "Make a passkey instead" }).click()
  await visitor.arrivesAt("Keep your recovery codes")
  const codes = await page.locator("code").allInnerTexts()
  await page.getByRole("button", { name: "I have kept them" }).click()
  await visitor.allows()
  await visitor.reads("patient")
  await signsOut(visitor)

  // Nothing but the passkey.
  await visitor.opensApp({ scope })
  await visitor.arrivesAt("Sign in")
  await device.checksItsHolder(false)
  await page.getByRole("button", { name: "Sign in with a passkey" }).click()
  await page.getByText("That did not work").waitFor()
  await visitor.judges()
  await device.checksItsHolder(true)
  await page.getByRole("button", { name: "Sign in with a passkey" }).click()
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Amy.* Shaw/)
  const claims = JSON.parse(atob((await visitor.tokens()).id_token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")))
  assert.ok(claims.amr.includes("mfa") && claims.acr === "phr", JSON.stringify(claims))

  // One device keeps one passkey for one person; another device another. By keyboard.
  await page.goto(`${world.issuer}/account`)
  await visitor.arrivesAt("Your sign-in")
  await page.getByRole("button", { name: "Add a passkey" }).click()
  await visitor.arrivesAt("Make a passkey")
  await page.getByRole("button", { name: "Make the passkey" }).click()
  await page.getByText("That did not work").waitFor()
  await visitor.judges()
  const first = await device.leaves()
  const other = await keepsPasskeys(page)
  await page.getByRole("button", { name: "Make the passkey" }).focus()
  await page.keyboard.press("Enter")
  await page.getByText("Your passkey is ready").waitFor()
  await visitor.judges()
  assert.equal(await page.getByRole("button", { name: /^Remove: / }).count(), 2)
  await page.getByRole("button", { name: /^Remove: / }).first().click()
  await page.getByText("The passkey is removed").waitFor()
  await page.getByRole("button", { name: /^Remove: / }).first().click()
  await page.getByText("at least one second step").waitFor()
  await visitor.judges()
  await signsOut(visitor)

  // The removed one signs nobody in; as the second step the other does, or a recovery code.
  await other.leaves()
  const again = await keepsPasskeys(page, first)
  await visitor.opensApp({ scope })
  await visitor.arrivesAt("Sign in")
  await page.getByRole("button", { name: "Sign in with a passkey" }).click()
  await page.getByText("That did not work").waitFor()
  await again.leaves()
  await visitor.signsIn("agnes")
  await visitor.arrivesAt("One more step")
  await page.getByLabel("Recovery code").fill(codes[2])
  await page.getByRole("button", { name: "Continue" }).click()
  await visitor.allows()
  visitor.leaves()
}

// A device with a fingerprint reader, and with these passkeys.
export async function keepsPasskeys(page, passkeys = []) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send("WebAuthn.enable")
  const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  for (const credential of passkeys) await cdp.send("WebAuthn.addCredential", { authenticatorId, credential })
  return {
    checksItsHolder: isUserVerified => cdp.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified }),
    async leaves() {
      const { credentials } = await cdp.send("WebAuthn.getCredentials", { authenticatorId })
      await cdp.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId })
      return credentials
    },
  }
}
