// openid-client: certified and strict. It checks `iss` of the response (RFC 9207), the id_token with its signature, PKCE,
// and that nothing in the metadata contradicts itself.
import "./webcrypto.js"
import assert from "node:assert/strict"
import * as client from "../browser/node_modules/openid-client/build/index.js"
import { answers, redirectUri, world } from "./person.js"

const scope = "openid launch/patient offline_access patient/*.rs"
const loopback = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] }

async function found(clientId, authentication, algorithm = "oidc") {
  const config = await client.discovery(new URL(world.issuer), clientId, undefined, authentication, { ...loopback, algorithm })
  assert.equal(config.serverMetadata().supportsPKCE(), true)
  return config
}

async function request(config, parameters = {}, build = client.buildAuthorizationUrl) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  }
  const url = await build(config, {
    redirect_uri: redirectUri, scope, aud: world.fhir, state: checks.expectedState, nonce: checks.expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier), code_challenge_method: "S256",
    ...parameters,
  })
  return { url, checks }
}

// Launch, read, refresh, read again, revoke.
async function launches(config, parameters, build) {
  const { url, checks } = await request(config, parameters, build)
  const tokens = await client.authorizationCodeGrant(config, await answers(url), checks)
  assert.equal(tokens.patient, "amy-shaw")
  assert.ok(tokens.claims().sub)
  assert.equal(await reads(config, tokens), 200)
  if (!tokens.refresh_token) return tokens
  const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token)
  assert.equal(refreshed.patient, "amy-shaw")
  assert.equal(await reads(config, refreshed), 200)
  await client.tokenRevocation(config, refreshed.refresh_token)
  assert.equal(await reads(config, refreshed), 401)
  return refreshed
}

async function reads(config, tokens, DPoP) {
  const url = new URL(`${world.fhir}/Patient/amy-shaw`)
  const answer = client.fetchProtectedResource(config, tokens.access_token, url, "GET", undefined, undefined, { DPoP })
  // It throws on the challenge of a 401.
  return answer.then(({ status }) => status, error => error.status)
}

async function key(alg) {
  const { kid, pem } = world.keys[alg]
  const parameters = {
    RS384: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-384" },
    ES384: { name: "ECDSA", namedCurve: "P-384" },
    ES256: { name: "ECDSA", namedCurve: "P-256" },
    PS256: { name: "RSA-PSS", hash: "SHA-256" },
  }[alg]
  const der = Buffer.from(pem.replace(/-----.*-----/g, ""), "base64")
  return client.PrivateKeyJwt({ key: await crypto.subtle.importKey("pkcs8", der, parameters, false, ["sign"]), kid })
}

const symmetric = client.ClientSecretBasic("symmetric-secret-of-more-than-32-characters")

const ways = {
  async public() {
    await launches(await found("public-app", client.None()))
    // The same by RFC 8414 instead of OpenID Connect's discovery.
    await launches(await found("public-app", client.None(), "oauth2"))
  },
  async basic() {
    await launches(await found("symmetric-app", symmetric))
  },
  async encoded() {
    const secret = "a secret+with/all=that&form%20encoding:changes"
    await launches(await found("encoded app", client.ClientSecretBasic(secret)), { scope: "openid launch/patient patient/*.rs" })
  },
  async rs384() {
    await launches(await found("rs384-app", await key("RS384")))
  },
  async es384() {
    await launches(await found("es384-app", await key("ES384")))
  },
  // A public app, one with a secret and one with a key send their requests ahead (RFC 9126).
  async pushed() {
    const build = client.buildAuthorizationUrlWithPAR
    for (const config of [
      await found("public-app", client.None()),
      await found("symmetric-app", symmetric),
      await found("es384-app", await key("ES384")),
    ]) {
      assert.ok(config.serverMetadata().pushed_authorization_request_endpoint)
      const { url } = await request(config, {}, build)
      assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"])
      await launches(config, {}, build)
      // No redirect: what is wrong with a request, its app hears itself.
      await assert.rejects(request(config, { scope: "nonsense" }, build), { error: "invalid_scope", status: 400 })
    }
  },
  async services() {
    for (const [clientId, alg] of [["rs384-service", "RS384"], ["es384-service", "ES384"]]) {
      const config = await found(clientId, await key(alg))
      const tokens = await client.clientCredentialsGrant(config, { scope: "system/*.rs" })
      assert.equal(tokens.scope, "system/*.rs")
      assert.equal(await reads(config, tokens), 200)
    }
  },
  // Every token bound to a key that never leaves the process, with nonces (RFC 9449): launch, refresh, a service; and a thief of each.
  async bound() {
    for (const [clientId, authentication, alg] of [
      ["public-app", client.None(), "ES256"],
      ["symmetric-app", symmetric, "PS256"],
      ["es384-app", await key("ES384"), "Ed25519"],
    ]) {
      const config = await found(clientId, authentication)
      const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair(alg))
      const { url, checks } = await request(config, { dpop_jkt: await DPoP.calculateThumbprint() })
      const back = await answers(url)
      await assert.rejects(client.authorizationCodeGrant(config, back, checks), { error: "invalid_grant" })
      const tokens = await client.authorizationCodeGrant(config, back, checks, undefined, { DPoP })
      assert.equal(tokens.token_type, "dpop")
      assert.equal(await reads(config, tokens, DPoP), 200)
      assert.equal(await reads(config, tokens), 401)
      const thief = client.getDPoPHandle(config, await client.randomDPoPKeyPair(alg))
      assert.equal(await reads(config, tokens, thief), 401)
      await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), { status: 400 })
      const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
      assert.equal(await reads(config, refreshed, DPoP), 200)
      const person = await client.fetchUserInfo(config, refreshed.access_token, tokens.claims().sub, { DPoP })
      assert.equal(person.sub, tokens.claims().sub)
    }
    const service = await found("es384-service", await key("ES384"))
    const DPoP = client.getDPoPHandle(service, await client.randomDPoPKeyPair("ES256"))
    const tokens = await client.clientCredentialsGrant(service, { scope: "system/*.rs" }, { DPoP })
    assert.deepEqual([await reads(service, tokens, DPoP), await reads(service, tokens)], [200, 401])
  },
  // All that FAPI 2.0 asks of a client: keys, pushed requests, proofs, and a refresh token that stays.
  async fapi() {
    for (const [clientId, alg] of [["es256-app", "ES256"], ["ps256-app", "PS256"]]) {
      const config = await found(clientId, await key(alg))
      const direct = await request(config)
      await assert.rejects(client.authorizationCodeGrant(config, await answers(direct.url), direct.checks), { error: "invalid_request" })
      const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair(alg))
      const checks = {
        pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(),
        expectedNonce: client.randomNonce(), idTokenExpected: true,
      }
      const url = await client.buildAuthorizationUrlWithPAR(config, {
        redirect_uri: redirectUri, scope, aud: world.fhir, state: checks.expectedState, nonce: checks.expectedNonce,
        code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier), code_challenge_method: "S256",
      }, { DPoP })
      assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"])
      const tokens = await client.authorizationCodeGrant(config, await answers(url), checks, undefined, { DPoP })
      assert.equal(tokens.token_type, "dpop")
      assert.deepEqual([await reads(config, tokens, DPoP), await reads(config, tokens)], [200, 401])
      for (let i = 0; i < 3; i++) {
        const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
        assert.equal(refreshed.refresh_token, tokens.refresh_token)
        assert.equal(await reads(config, refreshed, DPoP), 200)
      }
      await client.tokenRevocation(config, tokens.refresh_token)
      await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP }), { error: "invalid_grant" })
    }
    const service = await found("es256-service", await key("ES256"))
    const DPoP = client.getDPoPHandle(service, await client.randomDPoPKeyPair("ES256"))
    const tokens = await client.clientCredentialsGrant(service, { scope: "system/*.rs" }, { DPoP })
    assert.equal(await reads(service, tokens, DPoP), 200)
    await assert.rejects(client.clientCredentialsGrant(service, { scope: "system/*.rs" }), { error: "invalid_dpop_proof" })
  },
  async denied() {
    const config = await found("public-app", client.None())
    const { url, checks } = await request(config)
    const refused = client.authorizationCodeGrant(config, await answers(url, "deny"), checks)
    await assert.rejects(refused, { name: "AuthorizationResponseError", error: "access_denied" })
  },
  async used() {
    const config = await found("public-app", client.None())
    const { url, checks } = await request(config)
    const back = await answers(url)
    const tokens = await client.authorizationCodeGrant(config, back, checks)
    const again = client.authorizationCodeGrant(config, back, checks)
    await assert.rejects(again, { name: "ResponseBodyError", error: "invalid_grant", status: 400 })
    // "The authorization server … SHOULD revoke all tokens previously issued" (RFC 6749 §4.1.2).
    assert.equal(await reads(config, tokens), 401)
  },
  async introspection() {
    const app = await found("symmetric-app", symmetric)
    const { url, checks } = await request(app)
    const tokens = await client.authorizationCodeGrant(app, await answers(url), checks)
    const fhir = await found("harbour-fhir", client.ClientSecretBasic("harbour-fhir-secret-of-more-than-32-characters"))
    const answer = await client.tokenIntrospection(fhir, tokens.access_token)
    assert.equal(answer.active, true)
    assert.equal(answer.client_id, "symmetric-app")
    assert.equal(answer.patient, "amy-shaw")
    assert.deepEqual(await client.tokenIntrospection(fhir, "nonsense"), { active: false })
  },
}

await ways[process.argv[2]]()
