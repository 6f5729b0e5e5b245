// fhir-kit-client: a FHIR client that finds the endpoints of SMART itself, in whichever document answers first, and
// leaves the tokens to another library: here simple fetches, as its README shows it.
import assert from "node:assert/strict"
import { createHash, randomBytes } from "node:crypto"
import { Client } from "../browser/node_modules/fhir-kit-client/dist/index.js"
import { answers, redirectUri, world } from "./person.js"

async function launched() {
  const fhir = new Client({ baseUrl: world.fhir })
  const { authorizeUrl, tokenUrl } = await fhir.smartAuthMetadata()
  const verifier = randomBytes(32).toString("base64url")
  authorizeUrl.search = new URLSearchParams({
    response_type: "code", client_id: "public-app", redirect_uri: redirectUri, aud: world.fhir, state: "a-state",
    scope: "launch/patient patient/*.rs",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"), code_challenge_method: "S256",
  })
  const code = (await answers(authorizeUrl)).searchParams.get("code")
  const body = { grant_type: "authorization_code", code, redirect_uri: redirectUri, client_id: "public-app", code_verifier: verifier }
  const answer = await fetch(tokenUrl, { method: "POST", body: new URLSearchParams(body) })
  const tokens = await answer.json()
  fhir.bearerToken = tokens.access_token
  return { fhir, tokens }
}

const ways = {
  // Its three places to look, each alone: the other two are down.
  async discovery() {
    const expected = [`${world.issuer}/authorize`, `${world.issuer}/token`]
    for (const only of ["smart-configuration", "metadata"]) {
      const real = globalThis.fetch
      globalThis.fetch = (url, ...more) => {
        const place = String(url.url ?? url)
        return place.endsWith(only) ? real(url, ...more) : Promise.reject(new Error(`${place} is down`))
      }
      const { authorizeUrl, tokenUrl } = await new Client({ baseUrl: world.fhir }).smartAuthMetadata()
      assert.deepEqual([authorizeUrl.href, tokenUrl.href], expected, only)
      globalThis.fetch = real
    }
  },
  async reads() {
    const { fhir, tokens } = await launched()
    const patient = await fhir.read({ resourceType: "Patient", id: tokens.patient })
    assert.equal(patient.name[0].family, "Shaw")
    let page = await fhir.search({ resourceType: "Observation", searchParams: { patient: tokens.patient, _count: 5 } })
    let found = 0
    for (; page; page = await fhir.nextPage({ bundle: page })) found += page.entry?.length ?? 0
    assert.ok(found > 5, `${found} observations`)
  },
  async refusals() {
    const { fhir } = await launched()
    const status = error => error.response.status
    await assert.rejects(fhir.read({ resourceType: "Patient", id: "wei-chen" }), error => [403, 404].includes(status(error)))
    await assert.rejects(fhir.delete({ resourceType: "Patient", id: "amy-shaw" }), error => status(error) === 403)
    fhir.bearerToken = "nonsense"
    await assert.rejects(fhir.read({ resourceType: "Patient", id: "amy-shaw" }), error => status(error) === 401)
  },
}

await ways[process.argv[2]]()
