// What people do at Keycloak's own pages, and what its administrator does meanwhile.
import assert from "node:assert/strict"
import { createHmac } from "node:crypto"
import { requestUrl, world } from "./visitor.js"

const { base, realm, password: adminPassword } = JSON.parse(world.keycloak ?? "{}")

export const scope = "launch/patient openid fhirUser offline_access patient/*.rs"

// From the app to Keycloak's page, by the provider of this name.
export async function leavesForKeycloak(visitor, provider = "Haven account") {
  await visitor.opensApp({ scope, client: "medication-list" })
  await visitor.arrivesAt("Sign in")
  await visitor.page.getByRole("link", { name: provider }).click()
  await isAtKeycloak(visitor)
}

export async function isAtKeycloak({ page }) {
  await page.waitForURL(`${base}/realms/${realm}/**`)
}

// Whoever is known there in this browser is asked for the password alone.
export async function signsIn(visitor, username, password = world.password) {
  const { page } = visitor
  await page.locator("#password").waitFor()
  if (await page.locator("#username:visible").count()) await page.locator("#username").fill(username)
  await page.locator("#password").fill(password)
  // What Keycloak's pages say in the console is theirs, until they are whole.
  await page.waitForLoadState()
  visitor.complaints = []
  await page.getByRole("button", { name: "Sign In" }).click()
}

export async function arrives(visitor, username, provider) {
  await leavesForKeycloak(visitor, provider)
  await signsIn(visitor, username)
}

// RFC 6238, with Keycloak's defaults.
export function totp(secret, now = Date.now()) {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)))
  const mac = createHmac("sha1", secret).update(counter).digest()
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, "0")
}

// The app's request with these parameters, sent to Keycloak without the choice of a provider; and what the id_token says in the end.
export async function asks(visitor, parameters) {
  await visitor.opensRequest({ client_id: "medication-list", scope, idp_hint: "keycloak", ...parameters })
}

export async function claims(visitor) {
  const { page } = visitor
  await visitor.arrivesAt(/^Give .* access\?$/)
  const back = page.waitForRequest(request => request.url().startsWith(`${world.pages}/index.html?`))
  await page.getByRole("button", { name: "Allow" }).click()
  const code = new URL((await back).url()).searchParams.get("code")
  await page.waitForLoadState()
  // The app's page knows nothing of this request, and says so.
  visitor.complaints = []
  const form = {
    grant_type: "authorization_code", code, client_id: "medication-list", redirect_uri: `${world.pages}/index.html`,
    // Of the challenge in `requestUrl` (RFC 7636, appendix B).
    code_verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
  }
  const answer = await fetch(`${world.issuer}/token`, { method: "POST", body: new URLSearchParams(form) })
  const tokens = await answer.json()
  assert.equal(answer.status, 200, JSON.stringify(tokens))
  return JSON.parse(Buffer.from(tokens.id_token.split(".")[1], "base64url"))
}

export async function admin(method, path, body) {
  const form = { grant_type: "password", client_id: "admin-cli", username: "admin", password: adminPassword }
  const endpoint = `${base}/realms/master/protocol/openid-connect/token`
  const { access_token } = await (await fetch(endpoint, { method: "POST", body: new URLSearchParams(form) })).json()
  const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json" }
  const answer = await fetch(`${base}/admin/realms/${realm}${path}`, { method, headers, body: body && JSON.stringify(body) })
  const text = await answer.text()
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`)
  return text && JSON.parse(text)
}

export async function person(username) {
  const [found] = await admin("GET", `/users?exact=true&username=${username}`)
  return found
}

export { requestUrl, world }
