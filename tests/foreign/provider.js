// oidc-provider: a certified OpenID provider, where the people of the tests have their accounts. Prints its issuer, reads from
// its input how this server is registered there, and ends when its input does.
import { createServer } from "node:http"
import { createInterface } from "node:readline"
import Provider from "../browser/node_modules/oidc-provider/lib/index.js"

const accounts = {
  amy: { name: "Amy Shaw", fhirUser: "Patient/amy-shaw" },
  hannah: { name: "Dr. Hannah Patel", npi: "1245319599" },
  nobody: { name: "Nobody", npi: "0" },
}

let answer = (_, response) => response.writeHead(503).end()
const server = createServer((request, response) => answer(request, response))
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`
  const input = createInterface({ input: process.stdin })
  input.once("line", line => {
    answer = serve(issuer, JSON.parse(line))
    console.log("registered")
  })
  input.once("close", () => process.exit())
  console.log(issuer)
})

function serve(issuer, { callback, jwks }) {
  const registered = (id, token_endpoint_auth_method, rest) => ({
    client_id: `admit-${id}`, redirect_uris: [`${callback}/${id}`], token_endpoint_auth_method, ...rest,
  })
  const secret = "a secret+with/all=that&form%20encoding:changes"
  const provider = new Provider(issuer, {
    clients: [
      registered("basic", "client_secret_basic", { client_secret: secret }),
      registered("post", "client_secret_post", { client_secret: secret }),
      registered("key", "private_key_jwt", { jwks, token_endpoint_auth_signing_alg: "RS256" }),
      registered("none", "none"),
      registered("staff", "none"),
      registered("other-app", "none"),
      registered("past", "none"),
    ],
    claims: { openid: ["sub"], profile: ["name", "fhirUser", "npi"] },
    scopes: ["openid", "profile"],
    cookies: { keys: ["for tests"] },
    features: { devInteractions: { enabled: false } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
    interactions: { url: (_, interaction) => `/sign-in/${interaction.uid}` },
    // Nobody is asked whether this server may know who they are.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
      grant.addOIDCScope("openid profile")
      await grant.save()
      return grant
    },
  })
  answersWrongly(provider)
  const standard = provider.callback()
  return (request, response) => (request.url.startsWith("/sign-in/") ? signIn : standard)(request, response)

  async function signIn(request, response) {
    const { params } = await provider.interactionDetails(request, response)
    if (request.method === "GET") return response.setHeader("content-type", "text/html").end(page(params))
    let body = ""
    for await (const chunk of request) body += chunk
    const form = new URLSearchParams(body)
    const known = accounts[form.get("account")] && !form.has("cancel")
    const result = known ? { login: { accountId: form.get("account") } } : { error: "access_denied" }
    await provider.interactionFinished(request, response, result)
  }
}

// To two of its clients it says what it must not, signed with its own key: an id_token for another app, and one of last hour.
function answersWrongly(provider) {
  const { issue } = provider.IdToken.prototype
  provider.IdToken.prototype.issue = function (options) {
    const { clientId } = this.client
    if (clientId === "admit-past") return issue.call(this, { ...options, expiresAt: Math.floor(Date.now() / 1000) - 3600 })
    if (clientId === "admit-other-app") {
      this.client = Object.create(this.client, { clientId: { value: "admit-staff" } })
    }
    return issue.call(this, options)
  }
}

const page = params => `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Hospital account</title><link rel="icon" href="data:,"></head>
<body><main><h1>Hospital account</h1>
<form method="post"><label>Account <input name="account" value="${(params.login_hint ?? "").replace(/[^a-z]/g, "")}"></label>
<button>Go on</button> <button name="cancel" value="yes">No</button></form></main></body></html>`
