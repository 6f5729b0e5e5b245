// A portal (jose) launches a module (openid-client) of Koppeltaal; its person signs in at oidc-provider.
import "./webcrypto.js"
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import * as jose from "../browser/node_modules/openid-client/node_modules/jose/dist/webapi/index.js"
import * as client from "../browser/node_modules/openid-client/build/index.js"
import { Somebody, redirectUri } from "./somebody.js"

const world = JSON.parse(process.env.WORLD)
const { RS384, ES384 } = world.keys
const loopback = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks], algorithm: "oidc" }

// The HTI token of a good launch.
async function launch(change = {}) {
  const key = await jose.importPKCS8(RS384.pem, "RS384")
  const claims = {
    iss: "portal", aud: "Device/module", sub: "Practitioner/hannah-patel", resource: "Task/7",
    definition: "ActivityDefinition/9", intent: "plan", "hti-version": "2.0", jti: randomUUID(), ...change,
  }
  return new jose.SignJWT(claims).setProtectedHeader({ alg: "RS384", kid: RS384.kid }).setIssuedAt().setExpirationTime("5m").sign(key)
}

// Koppeltaal wants the address that is called as audience, where openid-client would name the issuer.
async function module(audience) {
  const key = await jose.importPKCS8(ES384.pem, "ES384")
  const authentication = client.PrivateKeyJwt({ key, kid: ES384.kid }, {
    [client.modifyAssertion]: (_, payload) => { payload.aud = audience ?? `${world.issuer}/token` },
  })
  const config = await client.discovery(new URL(world.issuer), "module", undefined, authentication, loopback)
  assert.equal(config.serverMetadata().introspection_endpoint, `${world.issuer}/token/introspection`)
  return config
}

async function asks(hti) {
  const config = await module()
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  }
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri, scope: "launch openid fhirUser", aud: world.fhir, launch: hti, state: checks.expectedState,
    nonce: checks.expectedNonce, code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: "S256",
  })
  return { config, checks, url: url.href }
}

async function ends(hti, account, somebody = new Somebody()) {
  const { config, checks, url } = await asks(hti)
  const place = await somebody.opens(url)
  const { back } = place.back ? place : await somebody.signsInAt(place, account)
  return client.authorizationCodeGrant(config, back, checks)
}

const ways = {
  async launches() {
    const tokens = await ends(await launch(), "hannah")
    assert.equal(tokens.access_token, "NOOP")
    assert.equal(tokens.expires_in, 300)
    assert.equal(tokens.claims().fhirUser, `${world.fhir}/Practitioner/hannah-patel`)
    const { resource, definition, sub, intent } = tokens
    assert.deepEqual({ resource, definition, sub, intent }, {
      resource: "Task/7", definition: "ActivityDefinition/9", sub: "Practitioner/hannah-patel", intent: "plan",
    })
    // With what it got, nobody reads anything.
    const read = await fetch(`${world.fhir}/Practitioner/hannah-patel`, { headers: { authorization: "Bearer NOOP" } })
    assert.equal(read.status, 401)
  },
  // Whoever signs in as somebody else, or with a token that was used or changed, is refused in the protocol's words.
  async refuses() {
    const refused = (promise, error) => assert.rejects(promise, { name: "AuthorizationResponseError", error })
    await refused(ends(await launch(), "amy"), "access_denied")
    await refused(ends(await launch({ aud: "Device/another" }), "hannah"), "invalid_request")
    await refused(ends(await launch({ iss: "module" }), "hannah"), "invalid_request")
    const once = await launch()
    assert.equal((await ends(once, "hannah")).access_token, "NOOP")
    await refused(ends(once, "hannah"), "invalid_request")
    const [header, payload, signature] = (await launch()).split(".")
    const changed = Buffer.from(payload, "base64url").toString().replace("hannah-patel", "somebody-else")
    await refused(ends(`${header}.${Buffer.from(changed).toString("base64url")}.${signature}`, "hannah"), "invalid_request")
  },
  // The module reads its launch without knowing the portal's keys.
  async introspects() {
    const config = await module(`${world.issuer}/token/introspection`)
    const hti = await launch()
    const said = await client.tokenIntrospection(config, hti)
    assert.deepEqual(said, { ...jose.decodeJwt(hti), active: true })
    assert.deepEqual(await client.tokenIntrospection(config, await launch({ aud: "Device/another" })), { active: false })
    assert.deepEqual(await client.tokenIntrospection(config, "NOOP"), { active: false })
  },
  // What the module asks for by itself is a token that reads.
  async reads() {
    const tokens = await client.clientCredentialsGrant(await module(), { scope: "system/Practitioner.r" })
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    const read = await fetch(`${world.fhir}/Practitioner/hannah-patel`, { headers })
    assert.equal(read.status, 200, await read.text())
  },
}

await ways[process.argv[2]]()
