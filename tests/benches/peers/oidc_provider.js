// oidc-provider with its store in memory, at the addresses of the tenant under load (over_http/tenant.toml) and with its clients, so
// that the same requests go to both. The key set of the clients that sign is its argument. Prints `ready URL` when it serves.
import { createServer } from "node:http"
import { generateKeyPairSync } from "node:crypto"
import Provider from "../../browser/node_modules/oidc-provider/lib/index.js"

const jwks = JSON.parse(process.argv[2])
const FHIR = "https://fhir.example/r4"
const ASYMMETRIC = { token_endpoint_auth_method: "private_key_jwt", token_endpoint_auth_signing_alg: "ES384", jwks }
const SERVICE = { grant_types: ["client_credentials"], response_types: [], redirect_uris: [] }
const APP = {
  client_secret: "load-app-secret-of-more-than-32-characters",
  grant_types: ["authorization_code", "refresh_token"],
  redirect_uris: ["https://app.example/callback"],
}
const clients = [
  { client_id: "backend", ...SERVICE, ...ASYMMETRIC },
  { client_id: "opaque", ...SERVICE, ...ASYMMETRIC },
  { client_id: "service", client_secret: "load-service-secret-of-more-than-32-characters", ...SERVICE },
  { client_id: "load-fhir", client_secret: "load-fhir-secret-of-more-than-32-characters", ...SERVICE },
  { client_id: "app", id_token_signed_response_alg: "RS256", ...APP },
  { client_id: "elliptic", id_token_signed_response_alg: "ES256", ...APP },
]
const key = (type, options, alg) =>
  ({ ...generateKeyPairSync(type, options).privateKey.export({ format: "jwk" }), alg, use: "sig" })

function serve(base, host) {
  const provider = new Provider(`${base}/load`, {
    clients,
    jwks: { keys: [key("ec", { namedCurve: "P-256" }, "ES256"), key("rsa", { modulusLength: 2048 }, "RS256")] },
    clientAuthMethods: ["client_secret_basic", "private_key_jwt"],
    enabledJWA: { clientAuthSigningAlgValues: ["ES384"] },
    scopes: ["openid", "offline_access"],
    claims: { openid: ["sub", "fhirUser"] },
    cookies: { keys: ["for a bench"] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, fhirUser: `${FHIR}/Practitioner/${id}` }) }),
    pkce: { required: () => true },
    routes: { authorization: "/load/authorize", token: "/load/token", introspection: "/load/introspect" },
    issueRefreshToken: (_, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: () => true,
    // As the tenant's own: five minutes and fifteen, ninety days.
    ttl: { AccessToken: 300, ClientCredentials: 300, IdToken: 300, AuthorizationCode: 60, RefreshToken: 7776000, Session: 28800,
           Grant: 7776000, Interaction: 900 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => FHIR,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, __, client) => ({
          scope: "user/*.rs system/*.rs launch/patient patient/*.rs",
          accessTokenFormat: client.clientId === "opaque" ? "opaque" : "jwt",
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
    interactions: { url: (_, { uid }) => `/sign-in/${uid}` },
    // Everybody has said yes to everything before.
    loadExistingGrant: async ({ oidc }) => {
      const known = oidc.session.grantIdFor(oidc.client.clientId)
      if (known) return provider.Grant.find(known)
      const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
      grant.addOIDCScope("openid offline_access")
      grant.addOIDCClaims(["fhirUser"])
      grant.addResourceScope(FHIR, "user/*.rs")
      await grant.save()
      return grant
    },
  })
  const standard = provider.callback()
  const signIn = (request, response) =>
    provider.interactionFinished(request, response, { login: { accountId: "hannah" }, consent: {} })
  return (request, response) => {
    // The load command calls every server by one name, and this one makes its addresses of it.
    request.headers.host = host
    if (request.url.startsWith("/sign-in/")) return signIn(request, response)
    if (request.url === "/load/.well-known/smart-configuration") request.url = "/.well-known/openid-configuration"
    return standard(request, response)
  }
}

let answer
const server = createServer((request, response) => answer(request, response))
server.listen(0, "127.0.0.1", () => {
  const host = `127.0.0.1:${server.address().port}`
  const base = `http://${host}`
  answer = serve(base, host)
  console.log(`ready ${base}`)
})
