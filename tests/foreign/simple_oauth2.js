// simple-oauth2: what most Node servers use. It knows confidential clients with a secret only, and no discovery.
import assert from "node:assert/strict"
import { createHash, randomBytes } from "node:crypto"
import simple from "../browser/node_modules/simple-oauth2/index.js"
import { answers, redirectUri, world } from "./person.js"

const smart = await (await fetch(`${world.fhir}/.well-known/smart-configuration`)).json()
const scope = "launch/patient offline_access patient/*.rs"

// The library wants an origin and paths.
function settings(id, secret, options) {
  const path = name => new URL(smart[`${name}_endpoint`]).pathname
  const auth = { tokenHost: new URL(smart.token_endpoint).origin, tokenPath: path("token"), revokePath: path("revocation") }
  return { client: { id, secret }, auth, options }
}

async function launches(config, decision) {
  config.auth.authorizePath = new URL(smart.authorization_endpoint).pathname
  const client = new simple.AuthorizationCode(config)
  const [verifier, state] = [randomBytes(32).toString("base64url"), randomBytes(16).toString("base64url")]
  const url = client.authorizeURL({
    redirect_uri: redirectUri, scope, state, aud: world.fhir,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256",
  })
  const back = await answers(url, decision)
  assert.equal(back.searchParams.get("state"), state)
  assert.equal(back.searchParams.get("error"), decision ? "access_denied" : null)
  if (decision) return
  const code = { code: back.searchParams.get("code"), redirect_uri: redirectUri, code_verifier: verifier }
  return { got: await client.getToken(code), again: () => client.getToken(code) }
}

async function reads({ token }, what = "Patient/amy-shaw") {
  const answer = await fetch(`${world.fhir}/${what}`, { headers: { authorization: `Bearer ${token.access_token}` } })
  return answer.status
}

// Launch, refresh, a narrower scope, revocation of both tokens.
async function way(config) {
  const { got } = await launches(config)
  assert.equal(got.token.patient, "amy-shaw")
  assert.equal(got.expired(), false)
  assert.equal(await reads(got), 200)
  const second = await got.refresh()
  assert.equal(await reads(second), 200)
  const third = await second.refresh({ scope: "launch/patient patient/Patient.rs" })
  assert.equal(await reads(third, "Observation"), 403)
  await third.revokeAll()
  assert.equal(await reads(third), 401)
}

const symmetric = "symmetric-secret-of-more-than-32-characters"

// It throws what came with the HTTP error that its transport made of it.
async function refused(error, status, act) {
  await assert.rejects(act, found => {
    assert.deepEqual([found.data.payload.error, found.output.statusCode], [error, status])
    return true
  })
}

const ways = {
  async basic() {
    await way(settings("symmetric-app", symmetric))
  },
  // Both its ways to write Basic: form-encoded first (RFC 6749 §2.3.1) and as it is.
  async encoded() {
    const secret = "a secret+with/all=that&form%20encoding:changes"
    for (const credentialsEncodingMode of ["strict", "loose"]) {
      const { got } = await launches(settings("encoded app", secret, { credentialsEncodingMode }))
      assert.equal(await reads(got), 200)
    }
  },
  async post() {
    await way(settings("post-app", "post-secret-of-more-than-thirty-two-characters", { authorizationMethod: "body" }))
  },
  async password() {
    const client = new simple.ResourceOwnerPassword(
      settings("password-app", "password-app-secret-of-more-than-32-characters"),
    )
    const got = await client.getToken({ username: "amy", password: world.password, scope })
    assert.equal(got.token.patient, "amy-shaw")
    assert.equal(await reads(await got.refresh()), 200)
    await refused("invalid_grant", 400, () => client.getToken({ username: "amy", password: "not hers", scope }))
  },
  async refusals() {
    await launches(settings("symmetric-app", symmetric), "deny")
    await refused("invalid_client", 401, () => launches(settings("symmetric-app", "not its secret")))
    const { got, again } = await launches(settings("symmetric-app", symmetric))
    await refused("invalid_grant", 400, again)
    assert.equal(await reads(got), 401)
    // A secret is no credential for a backend service (SMART App Launch 2.2, backend services).
    const service = new simple.ClientCredentials(settings("symmetric-app", symmetric))
    await refused("unauthorized_client", 400, () => service.getToken({ scope: "system/*.rs" }))
  },
}

await ways[process.argv[2]]()
