// Requests to HAPI FHIR with tokens of ours, and what it must answer.
import "./webcrypto.js"
import assert from "node:assert/strict"
import { readdir, readFile } from "node:fs/promises"
import * as client from "../browser/node_modules/openid-client/build/index.js"
import { answers, redirectUri, world } from "./person.js"

const loopback = { execute: [client.allowInsecureRequests] }
const found = (id, authentication, issuer = world.issuer) => client.discovery(new URL(issuer), id, undefined, authentication, loopback)

// An app's token with these scopes, of this person.
async function launch(scope, { clientId = "app", issuer, fhir = world.fhir, ...who } = {}) {
  const config = await found(clientId, client.None(), issuer)
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri, scope, aud: fhir, state: "a-state", code_challenge_method: "S256",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  })
  return client.authorizationCodeGrant(config, await answers(url, "allow", who), { pkceCodeVerifier, expectedState: "a-state" })
}

const token = async (scope, more) => (await launch(scope, more)).access_token

async function service(scope, resource = world.fhir) {
  const { kid, pem } = world.keys.ES384
  const key = await crypto.subtle.importKey("pkcs8", der(pem), { name: "ECDSA", namedCurve: "P-384" }, false, ["sign"])
  const config = await found("service", client.PrivateKeyJwt({ key, kid }))
  return (await client.clientCredentialsGrant(config, { scope, resource })).access_token
}

// A token of Admit with claims that it would not write, and its signature.
async function told(token, claims) {
  const { header, payload } = parts(token)
  const { pem } = world.own_keys.ES256
  const key = await crypto.subtle.importKey("pkcs8", der(pem), { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"])
  const input = [header, { ...payload, ...claims }].map(part => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".")
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, Buffer.from(input))
  return `${input}.${Buffer.from(signature).toString("base64url")}`
}

const der = pem => Buffer.from(pem.replace(/-----.*-----/g, ""), "base64")

function parts(token) {
  const [header, payload] = token.split(".").slice(0, 2).map(part => JSON.parse(Buffer.from(part, "base64url")))
  return { header, payload }
}

async function asks(token, path, { method = "GET", body, headers = {} } = {}) {
  const url = path.startsWith(world.fhir) ? path : `${world.fhir}/${path}`
  const answer = await fetch(url, {
    method, body: body instanceof URLSearchParams ? body : body && JSON.stringify(body),
    headers: { ...(token && { authorization: `Bearer ${token}` }), "content-type": "application/fhir+json", ...headers },
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text && JSON.parse(text) }
}

// Each row: a request, and its status.
async function statuses(token, rows) {
  for (const [status, path, more] of rows) {
    const answer = await asks(token, path, more)
    assert.equal(answer.status, status, `${more?.method ?? "GET"} ${path}: ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`)
  }
}

// All pages of a search.
async function search(token, path) {
  const resources = []
  for (let next = path; next;) {
    const { status, body } = await asks(token, next)
    assert.equal(status, 200, `${path}: ${JSON.stringify(body)}`)
    resources.push(...(body.entry ?? []).map(({ resource }) => resource).filter(({ resourceType }) => resourceType !== "OperationOutcome"))
    next = body.link.find(({ relation }) => relation === "next")?.url
    search.total = body.total
  }
  return resources
}

const subject = ({ resourceType, id, subject, patient }) => (resourceType === "Patient" ? `Patient/${id}` : (subject ?? patient)?.reference)
const subjects = resources => [...new Set(resources.map(subject))].sort()
const category = ({ category }) => category.flatMap(({ coding }) => coding.map(({ code }) => code))

const offered = page => [...page.matchAll(/name="patient" value="([^"]+)"/g)].map(([, id]) => id)

const observation = patient => ({
  resourceType: "Observation", status: "final", code: { text: "a test" }, subject: { reference: `Patient/${patient}` },
})
const post = patient => ({ method: "POST", body: observation(patient) })

const form = parameters => ({
  method: "POST", body: new URLSearchParams(parameters), headers: { "content-type": "application/x-www-form-urlencoded" },
})
const patch = {
  method: "PATCH", body: [{ op: "add", path: "/issued", value: "2026-01-01T00:00:00Z" }], headers: { "content-type": "application/json-patch+json" },
}

const ways = {
  async load() {
    const folder = new URL("../../infra/fhir/data/", import.meta.url)
    const all = await service("system/*.cruds")
    for (const file of await readdir(folder)) {
      for (const body of JSON.parse(await readFile(new URL(file, folder)))) {
        await statuses(all, [[201, `${body.resourceType}/${body.id}`, { method: "PUT", body }]])
      }
    }
  },
  async discovery() {
    const answer = await fetch(`${world.fhir}/.well-known/smart-configuration`)
    assert.equal((await answer.json()).issuer, world.issuer)
    const { status, body } = await asks(undefined, "metadata")
    assert.equal(status, 200)
    assert.equal(body.resourceType, "CapabilityStatement")
    // A browser asks before it sends a token: that is the deployer's (infra/hapi/README.md).
    const preflight = { origin: "https://app.example", "access-control-request-method": "GET", "access-control-request-headers": "authorization" }
    await statuses(undefined, [[401, "Patient/amy-shaw", { method: "OPTIONS", headers: preflight }]])
  },
  async strangers() {
    const all = "launch/patient patient/*.rs"
    const brief = await token(all, { clientId: "brief-app" })
    const began = Date.now()
    const id = (await launch(`openid ${all}`)).id_token
    const other = JSON.parse(process.env.OTHER)
    const elsewhere = await token(all, { clientId: "public-app", issuer: other.issuer, fhir: other.fhir })
    const [header, payload, signature] = (await token(all)).split(".")
    const changed = { ...JSON.parse(Buffer.from(payload, "base64url")), patient: "leo-shaw" }
    const forged = [header, Buffer.from(JSON.stringify(changed)).toString("base64url"), signature].join(".")
    const unsigned = [Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url"), payload, ""].join(".")
    const archive = await service("system/*.rs", "https://archive.example/fhir")
    // Spring allows a minute for clocks.
    await new Promise(done => setTimeout(done, Math.max(0, 62_000 - (Date.now() - began))))
    for (const bad of [undefined, "nonsense", "a.b.c", id, elsewhere, forged, unsigned, archive, brief]) {
      const answer = await asks(bad, "Patient/amy-shaw")
      assert.equal(answer.status, 401, `${bad}: ${answer.status}`)
      assert.match(answer.headers.get("www-authenticate"), /^Bearer/)
    }
  },
  async compartment() {
    const amy = await token("launch/patient patient/*.rs")
    await statuses(amy, [
      [200, "Patient/amy-shaw"], [403, "Patient/leo-shaw"], [403, "Practitioner/hannah-patel"],
      [403, "Observation?subject:Patient.name=Shaw"], [403, "Patient?_has:Observation:patient:code=x"],
      [403, "Observation?_summary=count"], [403, "Observation?_total=accurate"], [403, "Observation?_sort=subject.name"],
      [403, "Observation/_search", form({ "subject:Patient.name": "Shaw" })], [403, "Observation/_search", form({ "subject.name": "Shaw" })],
      [403, "Patient/_search", form({ "_has:Observation:patient:code": "x" })],
      [403, "Observation/_search", form({ _summary: "count" })], [403, "Observation/_search", form({ _total: "accurate" })],
      [403, "Observation/_search?_summary=count", form({ code: "x" })], [403, "Observation/_search?subject.name=Shaw", form({ code: "x" })],
      [403, "Patient/amy-shaw/$everything"], [403, "_history"], [403, "Observation/_history"],
      [403, "Patient/leo-shaw/$meta"], [403, "Patient/amy-shaw/$meta"], [403, "Patient/leo-shaw/$validate"],
      [403, "Patient/leo-shaw/$meta-add", { method: "POST", body: { resourceType: "Parameters" } }],
      [200, "Patient/amy-shaw/_history"], [200, "Patient/amy-shaw/_history/1"], [403, "Patient/leo-shaw/_history"], [403, "Patient/leo-shaw/_history/1"],
      [403, "", { method: "POST", body: { resourceType: "Bundle", type: "batch", entry: [{ request: { method: "GET", url: "Patient/leo-shaw" } }] } }],
      [403, "Observation", post("amy-shaw")], [403, "Patient/amy-shaw", { method: "DELETE" }],
    ])
    assert.deepEqual(subjects(await search(amy, "Patient")), ["Patient/amy-shaw"])
    const observations = await search(amy, "Observation?_count=2")
    assert.ok(observations.length > 2, `${observations.length}`)
    assert.deepEqual(subjects(observations), ["Patient/amy-shaw"])
    assert.equal(search.total, undefined)
    const posted = await asks(amy, "Observation/_search", form({ _count: "100" }))
    assert.deepEqual(subjects(posted.body.entry.map(({ resource }) => resource)), ["Patient/amy-shaw"])
    const included = await search(amy, "Patient?_revinclude=Observation:subject")
    assert.ok(included.length > 1)
    assert.deepEqual(subjects(included), ["Patient/amy-shaw"])
    const beside = await search(amy, "Encounter?_include=Encounter:participant")
    assert.deepEqual(beside.filter(({ resourceType }) => resourceType === "Practitioner"), [])
    // Another's is asked for by name: refused or empty, and never shown.
    const leo = await asks(amy, "Observation?patient=leo-shaw")
    assert.ok(leo.status === 403 || !leo.body.entry?.length, JSON.stringify(leo.body).slice(0, 300))
    // The next page of somebody who may see more.
    const all = await asks(await token("openid fhirUser user/*.rs", { username: "hannah" }), "Patient?_count=3")
    const next = all.body.link.find(({ relation }) => relation === "next").url
    const page = await asks(amy, next)
    const shown = (page.body.entry ?? []).map(({ resource }) => resource).filter(({ resourceType }) => resourceType === "Patient")
    assert.ok(shown.every(({ id }) => id === "amy-shaw"), JSON.stringify(page.body).slice(0, 300))
    for (const letters of ["r", "cud"]) await statuses(await token(`launch/patient patient/*.${letters}`), [[403, next]])
    // Who-and-where, where a scope names it.
    const both = await token("launch/patient patient/*.rs patient/Practitioner.r")
    await statuses(both, [[200, "Practitioner/hannah-patel"], [403, "Practitioner"], [403, "Practitioner/hannah-patel", { method: "DELETE" }]])
  },
  async "version-1"() {
    const reads = await token("launch/patient patient/Observation.read")
    assert.deepEqual(subjects(await search(reads, "Observation")), ["Patient/amy-shaw"])
    await statuses(reads, [[403, "Patient/amy-shaw"], [403, "Patient"], [403, "Observation", post("amy-shaw")]])
    const writes = await token("launch/patient patient/Observation.write")
    await statuses(writes, [
      [201, "Observation", post("amy-shaw")], [403, "Observation", post("leo-shaw")], [403, "Observation"], [403, "Patient/amy-shaw"],
    ])
    const all = await token("launch/patient patient/*.*")
    await statuses(all, [[200, "Patient/amy-shaw"], [201, "Observation", post("amy-shaw")], [403, "Observation", post("leo-shaw")]])
  },
  async letters() {
    const [one] = await search(await service("system/Observation.s"), "Observation?patient=amy-shaw")
    const [others] = await search(await service("system/Observation.s"), "Observation?patient=leo-shaw")
    const place = `Observation/${one.id}`
    const letter = letters => token(`launch/patient patient/Observation.${letters}`)
    const put = body => ({ method: "PUT", body })
    await statuses(await letter("r"), [[200, place], [403, "Observation"], [403, place, put(one)]])
    await statuses(await letter("s"), [[200, "Observation"], [403, place]])
    await statuses(await letter("c"), [[201, "Observation", post("amy-shaw")], [403, place], [403, place, put(one)], [403, place, { method: "DELETE" }]])
    await statuses(await letter("u"), [
      [200, place, put({ ...one, comment: undefined, note: [{ text: "seen" }] })],
      [403, place, put({ ...one, subject: { reference: "Patient/leo-shaw" } })],
      [403, `Observation/${others.id}`, put({ ...others, subject: { reference: "Patient/amy-shaw" } })],
      [200, place, patch], [403, `Observation/${others.id}`, patch],
      [403, "Observation", post("amy-shaw")],
      [403, "Observation/a-new-one", put({ ...observation("amy-shaw"), id: "a-new-one" })],
    ])
    const made = await asks(await letter("c"), "Observation", post("amy-shaw"))
    await statuses(await letter("d"), [[403, `Observation/${others.id}`, { method: "DELETE" }], [200, `Observation/${made.body.id}`, { method: "DELETE" }]])
    const conditional = { ...post("amy-shaw"), headers: { "if-none-exist": "code=x" } }
    await statuses(await letter("cruds"), [[403, "Observation", conditional], [403, "Observation?code=x", { method: "DELETE" }]])
    const absent = { method: "PUT", body: observation("amy-shaw") }
    for (const all of [await letter("cruds"), await service("system/*.cruds")]) {
      await statuses(all, [[403, "Observation?code=x", absent], [403, "Observation?code=x", patch], [403, `Observation?_id=${one.id}`, patch]])
    }
  },
  async parameters() {
    const system = "http://terminology.hl7.org/CodeSystem/observation-category"
    const [vital] = await search(await service("system/Observation.s"), "Observation?patient=amy-shaw&category=vital-signs")
    const laboratory = await token(`launch/patient patient/Observation.rs?category=${system}|laboratory`)
    const seen = await search(laboratory, "Observation")
    assert.ok(seen.length > 0)
    assert.ok(seen.every(it => category(it).includes("laboratory")), JSON.stringify(seen.map(category)))
    assert.deepEqual(subjects(seen), ["Patient/amy-shaw"])
    assert.equal(search.total, undefined)
    assert.deepEqual(await search(laboratory, "Observation?category=vital-signs"), [])
    await statuses(laboratory, [[200, `Observation/${seen[0].id}`], [403, `Observation/${vital.id}`], [403, "Patient/amy-shaw"]])
    const lone = await search(laboratory, "Observation?_include=Observation:subject&_include=Observation:encounter&_include=Observation:performer")
    assert.deepEqual(lone.map(({ id }) => id).sort(), seen.map(({ id }) => id).sort())
    const beside = await token(`launch/patient patient/Patient.rs patient/Observation.rs?category=${system}|laboratory`)
    const upon = await search(beside, "Patient?_revinclude=Observation:subject")
    assert.ok(upon.length > 1)
    assert.ok(upon.every(it => it.resourceType === "Patient" || category(it).includes("laboratory")), JSON.stringify(upon.map(({ id }) => id)))
    assert.deepEqual(subjects(upon), ["Patient/amy-shaw"])
    const everybodys = await token(`openid fhirUser user/Observation.rs?category=${system}|laboratory`, { username: "hannah" })
    const kept = await search(everybodys, "Observation?_include=Observation:subject")
    assert.ok(subjects(kept).length > 1)
    assert.ok(kept.every(it => it.resourceType === "Observation" && category(it).includes("laboratory")), JSON.stringify(kept.map(({ id }) => id)))
    await statuses(laboratory, [
      [403, "Observation/_search", form({ "subject.name": "Shaw" })], [403, "Observation/_search", form({ _summary: "count" })],
    ])
    const writes = await token(`launch/patient patient/Observation.c?category=${system}|laboratory`)
    const of = code => ({ method: "POST", body: { ...observation("amy-shaw"), category: [{ coding: [{ system, code }] }] } })
    const updates = await token(`launch/patient patient/Observation.u patient/Observation.c?category=${system}|laboratory`)
    const made = (id, code) => [`Observation/${id}`, { method: "PUT", body: { ...of(code).body, id } }]
    await statuses(updates, [[403, ...made("made-vital", "vital-signs")], [201, ...made("made-laboratory", "laboratory")]])
    await statuses(writes, [[201, "Observation", of("laboratory")], [403, "Observation", of("vital-signs")], [403, "Observation", post("amy-shaw")]])
    const both = await token(`launch/patient patient/Observation.rs?category=${system}|laboratory patient/Observation.rs?category=${system}|vital-signs`)
    const kinds = new Set((await search(both, "Observation")).flatMap(category))
    assert.ok(kinds.has("laboratory") && kinds.has("vital-signs"), [...kinds].join())
  },
  async users() {
    const hannah = await token("openid fhirUser user/*.rs", { username: "hannah" })
    const everybody = subjects(await search(hannah, "Patient?_count=3"))
    assert.ok(everybody.length > 10, everybody.join())
    await statuses(hannah, [[200, "Patient/leo-shaw"], [200, "Practitioner/hannah-patel"], [403, "Observation", post("leo-shaw")]])
    const patients = await token("openid fhirUser user/Patient.rs", { username: "hannah" })
    await statuses(patients, [[200, "Patient/leo-shaw"], [403, "Observation"]])
    const amy = await token("openid fhirUser user/*.rs")
    assert.deepEqual(subjects(await search(amy, "Patient")), ["Patient/amy-shaw"])
    await statuses(amy, [[403, "Patient/leo-shaw"]])
    // Who somebody is elsewhere says nothing here.
    const people = { "Practitioner/hannah-patel": hannah, "Patient/amy-shaw": amy }
    for (const [person, own] of Object.entries(people)) {
      await statuses(await told(own, { fhirUser: `${world.fhir}/${person}` }), [[200, "Patient/amy-shaw"]])
      for (const base of ["https://other.example/fhir/", `${world.fhir}-of-others/`, `${world.fhir}/others/`, "/", ""]) {
        await statuses(await told(own, { fhirUser: base + person }), [[403, "Patient/amy-shaw"], [403, "Patient"]])
      }
    }
    // A token that does not say whose `user/` it is opens nothing.
    await statuses(await token("user/Patient.rs", { username: "hannah" }), [[403, "Patient"], [403, "Patient/amy-shaw"]])
  },
  async services() {
    await statuses(await service("system/Patient.r"), [[200, "Patient/leo-shaw"], [403, "Patient"], [403, "Observation"]])
    await statuses(await service("system/*.rs"), [[200, "Observation"], [403, "Observation", post("leo-shaw")]])
  },
  async references() {
    const all = "launch/patient offline_access patient/*.rs"
    const tokens = await launch(all, { clientId: "reference-app" })
    assert.ok(!tokens.access_token.includes("eyJ"))
    await statuses(tokens.access_token, [[200, "Patient/amy-shaw"], [403, "Patient/leo-shaw"]])
    assert.deepEqual(subjects(await search(tokens.access_token, "Observation")), ["Patient/amy-shaw"])
    await client.tokenRevocation(await found("reference-app", client.None()), tokens.refresh_token)
    await statuses(tokens.access_token, [[401, "Patient/amy-shaw"]])
    // A JWT is good until it ends, whatever was revoked meanwhile.
    const jwt = await launch(all)
    await client.tokenRevocation(await found("app", client.None()), jwt.refresh_token)
    await statuses(jwt.access_token, [[200, "Patient/amy-shaw"]])
  },
  // By the specification of bulk data: begun, asked about, fetched.
  async export() {
    const all = await service("system/*.rs")
    const request = token => asks(token, "$export?_type=Patient,Observation", { headers: { prefer: "respond-async" } })
    const begun = await request(all)
    assert.equal(begun.status, 202, JSON.stringify(begun.body))
    const job = begun.headers.get("content-location")
    assert.ok(job.startsWith(`${world.fhir}/`), job)
    const others = [
      await token("launch/patient patient/*.cruds"), await token("openid fhirUser user/*.cruds", { username: "hannah" }),
      await service("system/Patient.rs system/Observation.rs"), await service("system/*.r"), await service("system/*.s"),
    ]
    for (const other of others) {
      assert.equal((await request(other)).status, 403)
      await statuses(other, [[403, job], [403, job, { method: "DELETE" }]])
    }
    await statuses(undefined, [[401, "$export"], [401, job]])
    // Of less than the whole server it has no rule.
    await statuses(all, [[403, "Patient/$export"], [403, "Patient/amy-shaw/$export"], [403, "Group/a/$export"]])
    let done
    for (const end = Date.now() + 120_000; Date.now() < end;) {
      done = await asks(all, job)
      if (done.status !== 202) break
      await new Promise(next => setTimeout(next, 500))
    }
    assert.equal(done.status, 200, JSON.stringify(done.body))
    assert.equal(done.body.requiresAccessToken, true)
    const found = { Patient: [], Observation: [] }
    for (const { type, url } of done.body.output) {
      const accept = "application/fhir+ndjson"
      const file = await fetch(url, { headers: { authorization: `Bearer ${all}`, accept } })
      assert.equal(file.status, 200)
      const lines = (await file.text()).trim().split("\n").map(line => JSON.parse(line))
      assert.ok(lines.every(({ resourceType }) => resourceType === type))
      found[type].push(...lines.map(({ id }) => id))
      await statuses(undefined, [[401, url]])
      for (const other of others.slice(0, 3)) await statuses(other, [[other === others[1] ? 200 : 403, url]])
    }
    assert.ok(["amy-shaw", "leo-shaw", "wei-chen"].every(id => found.Patient.includes(id)), found.Patient.join())
    assert.ok(found.Observation.length > 100, `${found.Observation.length}`)
  },
  async picker() {
    const pages = []
    const scope = "launch/patient openid fhirUser patient/*.rs"
    const tokens = await launch(scope, { username: "hannah", patient: "wei-chen", pages })
    assert.equal(tokens.patient, "wei-chen")
    assert.deepEqual(subjects(await search(tokens.access_token, "Patient")), ["Patient/wei-chen"])
    const [, list, consent] = pages
    // As HAPI orders and pages them.
    assert.ok(offered(list).length > 10, offered(list).join())
    assert.match(consent, /Wei.* Chen/)
    const searched = []
    await launch(scope, { username: "hannah", name: "chen", patient: "wei-chen", pages: searched })
    assert.deepEqual(offered(searched[2]), ["wei-chen"])
  },
  // More than a page: from each to the next by HAPI's own links, and back.
  async pages() {
    const all = await service("system/Patient.cu")
    const made = Array.from({ length: 45 }, (_, n) => `paged-${String(n).padStart(2, "0")}`)
    for (const id of made) {
      const body = { resourceType: "Patient", id, name: [{ family: "Paged", given: [`Number ${id.slice(-2)}`] }], birthDate: "1970-01-01" }
      await statuses(all, [[201, `Patient/${id}`, { method: "PUT", body }]])
    }
    const scope = "launch/patient openid fhirUser patient/*.rs"
    const pages = []
    const tokens = await launch(scope, { username: "hannah", name: "paged", onward: true, patient: "paged-44", pages })
    const seen = pages.slice(2, -1)
    assert.deepEqual(seen.map(page => offered(page).length), [20, 20, 5])
    assert.deepEqual(seen.flatMap(offered).sort(), made)
    assert.equal(tokens.patient, "paged-44")
    assert.match(pages.at(-1), /Number 44 Paged/)
    await statuses(tokens.access_token, [[200, "Patient/paged-44"], [403, "Patient/paged-43"]])
  },
  async encounter() {
    const who = { username: "hannah", patient: "amy-shaw", pages: [] }
    const tokens = await launch("launch/patient launch/encounter openid fhirUser patient/*.rs", who)
    const { body } = await asks(tokens.access_token, `Encounter/${tokens.encounter}`)
    assert.equal(subject(body), "Patient/amy-shaw")
  },
  // Each of the Person's links is read at HAPI: herself, and the child whose mother she is.
  async person() {
    const pages = []
    const tokens = await launch("launch/patient openid fhirUser patient/*.rs", { username: "amy-and-leo", patient: "leo-shaw", pages })
    assert.deepEqual(offered(pages[1]).sort(), ["amy-shaw", "leo-shaw"])
    assert.equal(tokens.patient, "leo-shaw")
    await statuses(tokens.access_token, [[200, "Patient/leo-shaw"], [403, "Patient/amy-shaw"]])
  },
}

await ways[process.argv[2]]()
