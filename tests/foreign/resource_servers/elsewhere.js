// Prints an access token of another tenant.
import "../webcrypto.js"
import * as client from "../../browser/node_modules/openid-client/build/index.js"
import { answers, redirectUri, world } from "../person.js"

const execute = [client.allowInsecureRequests]
const config = await client.discovery(new URL(world.issuer), "public-app", undefined, client.None(), { execute })
const pkceCodeVerifier = client.randomPKCECodeVerifier()
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: redirectUri, scope: "openid launch/patient patient/*.rs", aud: world.fhir, state: "a-state", code_challenge_method: "S256",
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
})
console.log((await client.authorizationCodeGrant(config, await answers(url), { pkceCodeVerifier, expectedState: "a-state" })).access_token)
