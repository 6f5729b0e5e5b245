// oauth4webapi: the low-level client that only does what the specifications say; every answer is checked before it is
// used. openid-client stands on it, so here is what that one leaves out: refresh with another scope, revocation and
// introspection by each method, the password grant, and a FHIR server's validation of RFC 9068 tokens.
import "./webcrypto.js"
import assert from "node:assert/strict"
import * as oauth from "../browser/node_modules/oauth4webapi/build/index.js"
import { answers, redirectUri, world } from "./person.js"

const scope = "openid launch/patient offline_access patient/*.rs"
const insecure = { [oauth.allowInsecureRequests]: true }

async function discovered(algorithm) {
  const issuer = new URL(world.issuer)
  return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...insecure }))
}

const as = await discovered("oidc")

// From the request to the tokens; everything that may be demanded is demanded.
async function launches(client, authentication, { decision, break: broken = {}, pushes } = {}) {
  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  const url = new URL(as.authorization_endpoint)
  url.search = new URLSearchParams({
    response_type: "code", client_id: client.client_id, redirect_uri: redirectUri, scope, aud: world.fhir, state, nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
  })
  if (pushes) {
    const answer = await oauth.pushedAuthorizationRequest(as, client, authentication, url.searchParams, insecure)
    const { request_uri } = await oauth.processPushedAuthorizationResponse(as, client, answer)
    url.search = new URLSearchParams({ client_id: client.client_id, request_uri })
  }
  const back = oauth.validateAuthResponse(as, client, await answers(url, decision), state)
  const redeem = () => oauth.authorizationCodeGrantRequest(
    as, client, authentication, back, redirectUri, broken.verifier ?? verifier, insecure,
  )
  const answer = await redeem()
  const checks = { expectedNonce: nonce, requireIdToken: true }
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, checks)
  await oauth.validateApplicationLevelSignature(as, answer, insecure)
  assert.equal(tokens.patient, "amy-shaw")
  assert.equal(await reads(tokens, "Patient/amy-shaw"), 200)
  return { tokens, redeem }
}

async function reads(tokens, what) {
  const url = new URL(`${world.fhir}/${what}`)
  const answer = oauth.protectedResourceRequest(tokens.access_token, "GET", url, new Headers(), null, insecure)
  // It throws on the challenge of a 401 or 403.
  return answer.then(({ status }) => status, error => error.status)
}

// Launch, refresh, refresh with a narrower scope, revocation.
async function way(clientId, authentication) {
  const client = { client_id: clientId }
  const { tokens } = await launches(client, authentication)
  const second = await refreshes(client, authentication, tokens)
  const third = await refreshes(client, authentication, second, { scope: "launch/patient patient/Patient.rs" })
  assert.equal(third.scope, "launch/patient patient/Patient.rs")
  assert.equal(await reads(third, "Observation"), 403)
  await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, third.refresh_token, insecure))
  assert.equal(await reads(third, "Patient/amy-shaw"), 401)
}

async function refreshes(client, authentication, tokens, additionalParameters) {
  const options = { ...insecure, additionalParameters }
  const answer = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, options)
  const refreshed = await oauth.processRefreshTokenResponse(as, client, answer)
  assert.notEqual(refreshed.access_token, tokens.access_token)
  assert.equal(await reads(refreshed, "Patient/amy-shaw"), 200)
  return refreshed
}

async function key(alg) {
  const { kid, pem } = world.keys[alg]
  const parameters = {
    RS384: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-384" },
    ES384: { name: "ECDSA", namedCurve: "P-384" },
  }[alg]
  const der = Buffer.from(pem.replace(/-----.*-----/g, ""), "base64")
  return oauth.PrivateKeyJwt({ key: await crypto.subtle.importKey("pkcs8", der, parameters, false, ["sign"]), kid })
}

const symmetric = oauth.ClientSecretBasic("symmetric-secret-of-more-than-32-characters")
const fhirServer = oauth.ClientSecretBasic("harbour-fhir-secret-of-more-than-32-characters")

async function introspects(clientId, authentication, token) {
  const client = { client_id: clientId }
  const answer = await oauth.introspectionRequest(as, client, authentication, token, insecure)
  return oauth.processIntrospectionResponse(as, client, answer)
}

async function refused(error, status, act) {
  await assert.rejects(act, found => {
    assert.deepEqual([found.error, found.status], [error, status])
    return true
  })
}

const ways = {
  async discovery() {
    // By OpenID Connect and by RFC 8414: the same issuer, the same endpoints.
    const other = await discovered("oauth2")
    for (const name of ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"]) assert.equal(other[name], as[name])
  },
  async public() {
    await way("public-app", oauth.None())
  },
  async basic() {
    await way("symmetric-app", symmetric)
  },
  async post() {
    await way("post-app", oauth.ClientSecretPost("post-secret-of-more-than-thirty-two-characters"))
  },
  async rs384() {
    await way("rs384-app", await key("RS384"))
  },
  async es384() {
    await way("es384-app", await key("ES384"))
  },
  // By each way to authenticate (RFC 9126).
  async pushed() {
    for (const [clientId, authentication] of [
      ["public-app", oauth.None()],
      ["symmetric-app", symmetric],
      ["post-app", oauth.ClientSecretPost("post-secret-of-more-than-thirty-two-characters")],
      ["rs384-app", await key("RS384")],
      ["es384-app", await key("ES384")],
    ]) {
      await launches({ client_id: clientId }, authentication, { pushes: true })
    }
    const stranger = oauth.ClientSecretBasic("not its secret at all, but as long as one")
    const refused = launches({ client_id: "symmetric-app" }, stranger, { pushes: true })
    await assert.rejects(refused, ({ status, cause }) => status === 401 && cause[0].scheme === "basic")
  },
  async services() {
    for (const [clientId, alg] of [["rs384-service", "RS384"], ["es384-service", "ES384"]]) {
      const client = { client_id: clientId }
      const parameters = { scope: "system/*.rs" }
      const answer = await oauth.clientCredentialsGrantRequest(as, client, await key(alg), parameters, insecure)
      const tokens = await oauth.processClientCredentialsResponse(as, client, answer)
      assert.equal(tokens.scope, "system/*.rs")
      assert.equal(await reads(tokens, "Patient/amy-shaw"), 200)
    }
  },
  // Every token bound to a key (RFC 9449). The library tells when a nonce is wanted, and the app asks once more.
  async bound() {
    for (const [clientId, authentication, alg] of [
      ["public-app", oauth.None(), "ES256"],
      ["symmetric-app", symmetric, "PS256"],
      ["rs384-app", await key("RS384"), "ES384"],
    ]) {
      const client = { client_id: clientId }
      const DPoP = oauth.DPoP(client, await oauth.generateKeyPair(alg))
      const once = async (asks, reads) => {
        try {
          return await reads(await asks())
        } catch (error) {
          if (!oauth.isDPoPNonceError(error)) throw error
          return reads(await asks())
        }
      }
      const verifier = oauth.generateRandomCodeVerifier()
      const url = new URL(as.authorization_endpoint)
      const state = oauth.generateRandomState()
      url.search = new URLSearchParams({
        response_type: "code", client_id: clientId, redirect_uri: redirectUri, scope, aud: world.fhir, state,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
        dpop_jkt: await DPoP.calculateThumbprint(),
      })
      const back = oauth.validateAuthResponse(as, client, await answers(url), state)
      const tokens = await once(
        () => oauth.authorizationCodeGrantRequest(as, client, authentication, back, redirectUri, verifier, { ...insecure, DPoP }),
        answer => oauth.processAuthorizationCodeResponse(as, client, answer),
      )
      assert.equal(tokens.token_type, "dpop")
      const reads = options => oauth
        .protectedResourceRequest(tokens.access_token, "GET", new URL(`${world.fhir}/Patient/amy-shaw`), new Headers(), null, { ...insecure, ...options })
      assert.equal((await once(() => reads({ DPoP }), answer => answer)).status, 200)
      await assert.rejects(reads({}), { status: 401 })
      const refreshed = await once(
        () => oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, { ...insecure, DPoP }),
        answer => oauth.processRefreshTokenResponse(as, client, answer),
      )
      assert.equal(refreshed.token_type, "dpop")
      const told = await introspects("harbour-fhir", fhirServer, refreshed.access_token)
      assert.deepEqual([told.token_type, told.cnf.jkt], ["DPoP", await DPoP.calculateThumbprint()])
    }
  },
  async password() {
    const client = { client_id: "password-app" }
    const secret = oauth.ClientSecretBasic("password-app-secret-of-more-than-32-characters")
    const asks = async password => {
      const parameters = { username: "amy", password, scope: "launch/patient offline_access patient/*.rs" }
      const answer = await oauth.genericTokenEndpointRequest(as, client, secret, "password", parameters, insecure)
      return oauth.processGenericTokenEndpointResponse(as, client, answer)
    }
    const tokens = await asks(world.password)
    assert.equal(tokens.patient, "amy-shaw")
    await refreshes(client, secret, tokens)
    await refused("invalid_grant", 400, () => asks("not hers"))
  },
  async introspection() {
    const { tokens } = await launches({ client_id: "symmetric-app" }, symmetric)
    const answer = await introspects("harbour-fhir", fhirServer, tokens.access_token)
    assert.deepEqual([answer.active, answer.client_id, answer.patient], [true, "symmetric-app", "amy-shaw"])
    // A refresh token is its own client's affair.
    assert.equal((await introspects("symmetric-app", symmetric, tokens.refresh_token)).active, true)
    assert.deepEqual(await introspects("harbour-fhir", fhirServer, tokens.refresh_token), { active: false })
    assert.deepEqual(await introspects("harbour-fhir", fhirServer, "nonsense"), { active: false })
  },
  // As the FHIR server, with the key set alone (RFC 9068 §4).
  async validation() {
    const { tokens } = await launches({ client_id: "public-app" }, oauth.None())
    const validate = (token, audience) => {
      const request = new Request(`${world.fhir}/Patient`, { headers: { authorization: `Bearer ${token}` } })
      return oauth.validateJwtAccessToken(as, request, audience, insecure)
    }
    const claims = await validate(tokens.access_token, world.fhir)
    assert.deepEqual([claims.client_id, claims.patient], ["public-app", "amy-shaw"])
    await assert.rejects(validate(tokens.access_token, "https://another.example/fhir"))
    // An id_token is none (RFC 9068 §2.1: `typ`).
    await assert.rejects(validate(tokens.id_token, "public-app"))
  },
  async refusals() {
    const client = { client_id: "symmetric-app" }
    await assert.rejects(launches(client, symmetric, { decision: "deny" }), { error: "access_denied" })
    const { redeem } = await launches(client, symmetric)
    const used = async () => oauth.processAuthorizationCodeResponse(as, client, await redeem())
    await refused("invalid_grant", 400, used)
    const other = oauth.generateRandomCodeVerifier()
    await refused("invalid_grant", 400, () => launches(client, symmetric, { break: { verifier: other } }))
    const stranger = oauth.ClientSecretBasic("not its secret at all, but as long as one")
    // With Basic the answer is a 401 with a challenge (RFC 6749 §5.2), and the library shows that in place of the body.
    await assert.rejects(launches(client, stranger), ({ status, cause }) => status === 401 && cause[0].scheme === "basic")
    const service = { scope: "system/*.rs" }
    const answer = () => oauth.clientCredentialsGrantRequest(as, client, symmetric, service, insecure)
    await refused("unauthorized_client", 400, async () => oauth.processClientCredentialsResponse(as, client, await answer()))
  },
}

await ways[process.argv[2]]()
