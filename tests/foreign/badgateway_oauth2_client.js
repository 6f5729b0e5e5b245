// @badgateway/oauth2-client: small, and finds everything by RFC 8414. It checks `state` and leaves id_tokens alone.
import "./webcrypto.js"
import assert from "node:assert/strict"
import { OAuth2Client, OAuth2Fetch, generateCodeVerifier } from "../browser/node_modules/@badgateway/oauth2-client/dist/index.js"
import { answers, redirectUri, world } from "./person.js"

const scope = ["launch/patient", "offline_access", "patient/*.rs"]
const { origin, pathname } = new URL(world.issuer)

// It would look for the metadata at the origin; RFC 8414 §3.1 puts the issuer's path behind the well-known part.
function client(clientId, clientSecret, authenticationMethod) {
  const discoveryEndpoint = `/.well-known/oauth-authorization-server${pathname}`
  return new OAuth2Client({ server: origin, discoveryEndpoint, clientId, clientSecret, authenticationMethod })
}

async function launches(app, decision) {
  const codeVerifier = await generateCodeVerifier()
  const sent = { redirectUri, state: "a-state-that-nobody-guesses", codeVerifier }
  const url = await app.authorizationCode.getAuthorizeUri({ ...sent, scope, extraParams: { aud: world.fhir } })
  const back = await answers(url, decision)
  const redeem = () => app.authorizationCode.getTokenFromCodeRedirect(back, sent)
  return { token: await redeem(), again: redeem }
}

async function reads(token, what = "Patient/amy-shaw") {
  const answer = await fetch(`${world.fhir}/${what}`, { headers: { authorization: `Bearer ${token.accessToken}` } })
  return answer.status
}

// Launch, refresh, a narrower scope, revocation.
async function way(app) {
  const { token } = await launches(app)
  assert.equal(token.extraParams.patient, "amy-shaw")
  assert.equal(await reads(token), 200)
  const second = await app.refreshToken(token)
  assert.equal(await reads(second), 200)
  const third = await app.refreshToken(second, { scope: ["launch/patient", "patient/Patient.rs"] })
  assert.deepEqual(third.scope, ["launch/patient", "patient/Patient.rs"])
  assert.equal(await reads(third, "Observation"), 403)
  await app.revoke(third, "refresh_token")
  assert.equal(await reads(third), 401)
}

const symmetric = "symmetric-secret-of-more-than-32-characters"

const ways = {
  async public() {
    await way(client("public-app"))
  },
  async basic() {
    await way(client("symmetric-app", symmetric))
  },
  // Both its ways to write Basic: form-encoded first (RFC 6749 §2.3.1) and as it is.
  async encoded() {
    const secret = "a secret+with/all=that&form%20encoding:changes"
    const { token } = await launches(client("encoded app", secret, "client_secret_basic"))
    assert.equal(await reads(token), 200)
  },
  async post() {
    await way(client("post-app", "post-secret-of-more-than-thirty-two-characters", "client_secret_post"))
  },
  async password() {
    const app = client("password-app", "password-app-secret-of-more-than-32-characters")
    const token = await app.password({ username: "amy", password: world.password, scope })
    assert.equal(token.extraParams.patient, "amy-shaw")
    assert.equal(await reads(await app.refreshToken(token)), 200)
  },
  async introspection() {
    const { token } = await launches(client("public-app"))
    const answer = await client("harbour-fhir", "harbour-fhir-secret-of-more-than-32-characters").introspect(token)
    assert.deepEqual([answer.active, answer.client_id, answer.patient], [true, "public-app", "amy-shaw"])
  },
  // Its wrapper of fetch gets the first token and the following ones when it needs them.
  async fetches() {
    const app = client("public-app")
    const wrapper = new OAuth2Fetch({ client: app, scheduleRefresh: false, getNewToken: async () => (await launches(app)).token })
    const first = await wrapper.getAccessToken()
    assert.equal((await wrapper.fetch(`${world.fhir}/Patient/amy-shaw`)).status, 200)
    await wrapper.refreshToken()
    assert.notEqual(await wrapper.getAccessToken(), first)
    assert.equal((await wrapper.fetch(`${world.fhir}/Patient/amy-shaw`)).status, 200)
  },
  async refusals() {
    const refused = (oauth2Code, httpCode, act) => assert.rejects(act, { oauth2Code, httpCode })
    await assert.rejects(launches(client("public-app"), "deny"), { oauth2Code: "access_denied" })
    await refused("invalid_client", 401, () => launches(client("symmetric-app", "not its secret")))
    const { again } = await launches(client("public-app"))
    await refused("invalid_grant", 400, again)
    // A secret is no credential for a backend service (SMART App Launch 2.2, backend services).
    await refused("unauthorized_client", 400, () => client("symmetric-app", symmetric).clientCredentials({ scope: ["system/*.rs"] }))
  },
}

await ways[process.argv[2]]()
