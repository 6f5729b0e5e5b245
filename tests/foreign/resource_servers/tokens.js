// Prints the tokens that a resource server must judge: one that is good, and those that are not.
import "../webcrypto.js"
import * as client from "../../browser/node_modules/openid-client/build/index.js"
import { answers, redirectUri, world } from "../person.js"

const loopback = { execute: [client.allowInsecureRequests] }
const found = (id, authentication) => client.discovery(new URL(world.issuer), id, undefined, authentication, loopback)

async function launch(clientId, scope) {
  const config = await found(clientId, client.None())
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri, scope, aud: world.fhir, state: "a-state", code_challenge_method: "S256",
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  })
  return client.authorizationCodeGrant(config, await answers(url), { pkceCodeVerifier, expectedState: "a-state" })
}

async function forTheArchive() {
  const { kid, pem } = world.keys.ES384
  const der = Buffer.from(pem.replace(/-----.*-----/g, ""), "base64")
  const key = await crypto.subtle.importKey("pkcs8", der, { name: "ECDSA", namedCurve: "P-384" }, false, ["sign"])
  const config = await found("service", client.PrivateKeyJwt({ key, kid }))
  const resource = "https://archive.example/fhir"
  return (await client.clientCredentialsGrant(config, { scope: "system/*.rs", resource })).access_token
}

const all = "openid launch/patient offline_access patient/*.rs"
const good = await launch("app", all)
const revoked = await launch("app", all)
await client.tokenRevocation(await found("app", client.None()), revoked.refresh_token)
const [header, payload, signature] = good.access_token.split(".")
const claims = { ...JSON.parse(Buffer.from(payload, "base64url")), patient: "noah-kim" }
const changed = [header, Buffer.from(JSON.stringify(claims)).toString("base64url"), signature].join(".")
const unsigned = [Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url"), payload, ""].join(".")
const brief = await launch("brief-app", "openid launch/patient patient/*.rs")

console.log(JSON.stringify({
  good: good.access_token, id: good.id_token, refresh: good.refresh_token, revoked: revoked.access_token, changed, unsigned,
  archive: await forTheArchive(), brief: brief.access_token,
}))
