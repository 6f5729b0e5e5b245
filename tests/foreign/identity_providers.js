// People who sign in at oidc-provider, and an app (openid-client) that learns who they are here.
import "./webcrypto.js"
import assert from "node:assert/strict"
import * as client from "../browser/node_modules/openid-client/build/index.js"
import { Somebody, redirectUri } from "./somebody.js"

const world = JSON.parse(process.env.WORLD)
const loopback = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks], algorithm: "oidc" }

async function asks(parameters) {
  const config = await client.discovery(new URL(world.issuer), "public-app", undefined, client.None(), loopback)
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri, scope: "openid fhirUser user/*.rs", aud: world.fhir, state: checks.expectedState,
    nonce: checks.expectedNonce, code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256", ...parameters,
  })
  return { config, checks, url: url.href }
}

// All the way to the claims of our id_token.
async function signsIn(account, parameters, somebody = new Somebody()) {
  const { config, checks, url } = await asks(parameters)
  const consent = await somebody.signsInAt(await somebody.opens(url), account)
  const { back } = await somebody.agrees(consent)
  return (await client.authorizationCodeGrant(config, back, checks)).claims()
}

const ways = {
  // Each way to prove who we are; the same person is the same to us by each.
  async proofs() {
    const subs = new Set()
    for (const idp_hint of ["basic", "post", "key", "none"]) {
      const claims = await signsIn("amy", { idp_hint })
      assert.equal(claims.fhirUser, `${world.fhir}/Patient/amy-shaw`)
      subs.add(claims.sub)
    }
    assert.equal(subs.size, 1)
    assert.ok(!subs.has("amy"))
  },
  // Whose fhirUser is found by an identifier at the FHIR server.
  async identifier() {
    const claims = await signsIn("hannah", { idp_hint: "staff" })
    assert.equal(claims.fhirUser, `${world.fhir}/Practitioner/hannah-patel`)
  },
  async unknown() {
    const somebody = new Somebody()
    const page = await somebody.signsInAt(await somebody.opens((await asks({ idp_hint: "staff" })).url), "nobody")
    assert.equal(page.status, 403)
    assert.match(page.html, /not known here/)
  },
  // The person says no there, tries again, and then goes back to the app.
  async refused() {
    const { config, checks, url } = await asks({ idp_hint: "basic" })
    const somebody = new Somebody()
    const page = await somebody.submits(await somebody.opens(url), [["account", "amy"], ["cancel", "yes"]])
    assert.equal(page.status, 403)
    const again = await somebody.opens(page.html.match(/href="([^"]*\/provider\/basic)"/)[1])
    assert.match(again.html, /Hospital account/)
    const { back } = await somebody.submits(page, [["cancel", "yes"]])
    const refused = client.authorizationCodeGrant(config, back, checks)
    await assert.rejects(refused, { name: "AuthorizationResponseError", error: "access_denied" })
  },
  // The provider asks again although it knows the person, and tells when that was.
  async wishes() {
    const somebody = new Somebody()
    const first = await signsIn("amy", { idp_hint: "basic", max_age: 3600 }, somebody)
    assert.ok(Math.abs(first.auth_time - Date.now() / 1000) < 60)
    const page = await somebody.opens((await asks({ idp_hint: "basic", prompt: "login", login_hint: "hannah" })).url)
    assert.match(page.html, /Hospital account/)
    assert.match(page.html, /value="hannah"/)
  },
  async choice() {
    const somebody = new Somebody()
    const page = await somebody.opens((await asks({})).url)
    for (const name of ["By Basic", "By post", "By key", "Staff"]) assert.match(page.html, new RegExp(name))
    const link = page.html.match(/href="([^"]*\/provider\/key)"/)[1]
    assert.match((await somebody.opens(link)).html, /Hospital account/)
  },
}

await ways[process.argv[2]]()
