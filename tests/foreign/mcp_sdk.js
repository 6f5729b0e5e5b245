// The SDK of the Model Context Protocol: a client that is told the address of a FHIR server and nothing else, and finds by itself who guards
// it, what to ask for and how.
import assert from "node:assert/strict"
import { auth, discoverOAuthProtectedResourceMetadata, extractWWWAuthenticateParams } from "../browser/node_modules/@modelcontextprotocol/sdk/dist/esm/client/auth.js"
import { described } from "./document.js"
import { answers, redirectUri, world } from "./person.js"

// An app that is registered here, as the SDK wants it described.
function app() {
  const kept = {}
  return {
    kept,
    redirectUrl: redirectUri,
    clientMetadata: { client_name: "Public App", redirect_uris: [redirectUri], token_endpoint_auth_method: "none" },
    clientInformation: () => ({ client_id: "public-app" }),
    state: () => "a-state",
    tokens: () => kept.tokens,
    saveTokens: tokens => { kept.tokens = tokens },
    saveCodeVerifier: verifier => { kept.verifier = verifier },
    codeVerifier: () => kept.verifier,
    redirectToAuthorization: url => { kept.url = url },
  }
}

const patients = token => fetch(`${world.fhir}/Patient`, { headers: token ? { authorization: `Bearer ${token}` } : {} })

// From a refusal to a token, by what the refusal says.
async function goesOn(refused, provider) {
  const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(refused)
  const asks = { serverUrl: world.fhir, resourceMetadataUrl, scope }
  assert.equal(await auth(provider, asks), "REDIRECT")
  const { url } = provider.kept
  assert.equal(url.searchParams.get("resource"), world.fhir)
  const authorizationCode = (await answers(url)).searchParams.get("code")
  assert.equal(await auth(provider, { ...asks, authorizationCode }), "AUTHORIZED")
  return provider.kept.tokens
}

const ways = {
  async discovery() {
    for (const place of [world.fhir, `${world.fhir}/`]) {
      const { resource, authorization_servers } = await discoverOAuthProtectedResourceMetadata(place)
      assert.deepEqual([resource, authorization_servers], [world.fhir, [world.issuer]])
    }
    await assert.rejects(discoverOAuthProtectedResourceMetadata(`${world.issuer}/elsewhere`), /404|not implement/)
  },
  async tokens() {
    const refused = await patients()
    assert.equal(refused.status, 401)
    const tokens = await goesOn(refused, app())
    assert.equal(tokens.scope, "patient/*.rs")
    assert.equal((await patients(tokens.access_token)).status, 200)
    assert.equal(extractWWWAuthenticateParams(await patients("x")).error, "invalid_token")
  },
  // An app that nobody registered: the metadata says that it may show its document, and nothing is registered.
  async document() {
    const clientId = await described("Agent")
    const provider = app()
    let chosen
    // The SDK wants https, and the test's document is on this machine: what it has chosen is kept under another address.
    provider.clientMetadataUrl = "https://agent.example/oauth/client.json"
    provider.saveClientInformation = information => { chosen = information }
    provider.clientInformation = () => chosen && { ...chosen, client_id: clientId }
    const { resourceMetadataUrl, scope } = extractWWWAuthenticateParams(await patients())
    const asks = { serverUrl: world.fhir, resourceMetadataUrl, scope }
    assert.equal(await auth(provider, asks), "REDIRECT")
    assert.equal(provider.kept.url.searchParams.get("client_id"), provider.clientMetadataUrl)
    assert.equal(chosen.client_secret, undefined)
    const tokens = await goesOn(await patients(), provider)
    assert.equal(provider.kept.url.searchParams.get("client_id"), clientId)
    assert.equal((await patients(tokens.access_token)).status, 200)
  },
  // A token that is too little for a request: what the refusal names is enough.
  async stepsUp() {
    const provider = app()
    const { access_token } = await goesOn(await patients(), provider)
    const body = JSON.stringify({ resourceType: "Observation", status: "final", code: { text: "x" }, subject: { reference: "Patient/amy-shaw" } })
    const creates = token => fetch(`${world.fhir}/Observation`, {
      method: "POST", body, headers: { authorization: `Bearer ${token}`, "content-type": "application/fhir+json" },
    })
    const refused = await creates(access_token)
    assert.deepEqual([refused.status, extractWWWAuthenticateParams(refused).error], [403, "insufficient_scope"])
    delete provider.kept.tokens
    const more = await goesOn(refused, provider)
    assert.equal(more.scope, "patient/Observation.c")
    assert.equal((await creates(more.access_token)).status, 201)
  },
}

await ways[process.argv[2]]()
